import { copyFields, type HashFormerConfig, parseConfig } from '../architecture/config.ts';

/**
 * A config.json, of ours or of another family, which becomes one of ours first.
 *
 * @throws HashformerError `config`: what field, what it must be, what it is
 */
export async function readConfig(json: unknown): Promise<HashFormerConfig> {
  const fields = copyFields(json);
  const { model_type: type = 'hashformer' } = fields;
  return parseConfig(
    type === 'hashformer' ? fields : (await import('./family/families.ts')).translate(fields),
  );
}
