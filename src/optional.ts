import { HashformerError } from './errors.ts';

/**
 * Loads an optional dependency on first use.
 *
 * @param purpose what the sentence says it is for: "Reading CSV"
 * @throws HashformerError `dependency`: names the command that installs it
 */
export async function optional<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === 'ERR_MODULE_NOT_FOUND' ? 'is not installed' : `could not be loaded (${message})`;
    throw new HashformerError(
      'dependency',
      `${purpose} needs the package ${name}, which ${problem}; run: npm install ${name}`,
      { cause },
    );
  }
}
