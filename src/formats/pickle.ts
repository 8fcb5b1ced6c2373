import { show } from '../show.ts';
import type { Fail } from './zip.ts';

/** A name that a pickle refers to: a class or function of Python, of which nothing but the name is used. */
export class Global {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What the owner of a pickle makes of the parts that reach outside of it. Each may throw. */
export interface Resolver {
  global(name: string): Global;
  call(callee: Global, args: readonly unknown[]): unknown;
  persistent(id: unknown): unknown;
}

/**
 * Each instruction makes at most one object, so this bounds the memory that a hostile pickle takes. A checkpoint
 * needs about 30 a tensor.
 */
const MOST_INSTRUCTIONS = 1_000_000;
/** Python has protocols 0 to 5; torch.save writes 2. */
const PROTOCOL = 2;

/**
 * Runs a pickle (https://docs.python.org/3/library/pickletools.html) that holds data only: the instructions that
 * PyTorch's own weights-only unpickler knows. Tuples and lists become arrays, dicts become Maps, ints become
 * numbers (bigints beyond the safe integers). Code is never run: a name becomes what `resolver.global` makes of
 * it, a call what `resolver.call` does. Objects are shared by reference and nothing is walked recursively, so
 * time and memory stay linear in the instructions.
 *
 * @param start where the pickle begins
 * @returns the object and where the pickle ends
 * @throws what `fail` makes, and what the resolver throws
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  resolver: Resolver,
  fail: Fail,
): { value: unknown; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let at = start;
  const damaged = (what: string) => fail(`is damaged: its pickle ${what} at byte ${at}; download it again`);

  /** Moves over `size` bytes and returns where they begin. */
  const take = (size: number): number => {
    if (at + size > bytes.length) throw damaged('is cut off');
    at += size;
    return at - size;
  };
  const u8 = () => view.getUint8(take(1));
  const u16 = () => view.getUint16(take(2), true);
  const u32 = () => view.getUint32(take(4), true);
  const text = (size: number): string => {
    const begin = take(size);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(begin, at));
    } catch {
      throw damaged('has a string that is not UTF-8');
    }
  };
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw damaged('is cut off');
    const result = text(end - at);
    at++;
    return result;
  };
  const long = (size: number): number | bigint => {
    const begin = take(size);
    let value = 0n;
    for (let i = at - 1; i >= begin; i--) value = (value << 8n) | BigInt(bytes[i]!);
    value = BigInt.asIntN(size * 8, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };

  const floor = () => marks.at(-1) ?? 0;
  const pop = (): unknown => {
    if (stack.length <= floor()) throw damaged('takes from an empty stack');
    return stack.pop();
  };
  const popMany = (count: number): unknown[] => {
    if (stack.length - count < floor()) throw damaged('takes from an empty stack');
    return stack.splice(stack.length - count);
  };
  const popToMark = (): unknown[] => {
    const mark = marks.pop();
    if (mark === undefined) throw damaged('lacks a mark');
    return stack.splice(mark);
  };
  const top = (): unknown => {
    if (stack.length <= floor()) throw damaged('takes from an empty stack');
    return stack.at(-1);
  };
  const append = (items: unknown[]): void => {
    const list = top();
    if (!Array.isArray(list)) throw damaged(`appends to ${show(list)}`);
    for (const item of items) list.push(item);
  };
  const setItems = (items: unknown[]): void => {
    const dict = top();
    if (!(dict instanceof Map) || items.length % 2) throw damaged(`sets items of ${show(dict)}`);
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  };
  const recall = (key: number): unknown => {
    if (!memo.has(key)) throw damaged(`recalls ${key}, which it never stored,`);
    return memo.get(key);
  };
  const call = (args: unknown, callee: unknown): unknown => {
    if (!(callee instanceof Global) || !Array.isArray(args)) throw damaged(`calls ${show(callee)}`);
    return resolver.call(callee, args);
  };
  /** An OrderedDict's attributes (torch's `_metadata`) do not matter; nothing else that is let in has any. */
  const build = (): void => {
    pop();
    if (!(top() instanceof Map)) throw damaged(`sets attributes of ${show(top())}`);
  };

  for (let instructions = 0; ; instructions++) {
    if (instructions === MOST_INSTRUCTIONS) {
      throw fail(
        `holds more than tensors: its pickle has over ${MOST_INSTRUCTIONS} instructions; save a state_dict`,
      );
    }
    const code = u8();
    switch (String.fromCharCode(code)) {
      case '\x80': {
        const protocol = u8();
        if (protocol > PROTOCOL) {
          throw fail(
            `uses pickle protocol ${protocol}, expected ${PROTOCOL}; save it with torch.save's default`,
          );
        }
        break;
      }
      case '.':
        return { value: pop(), end: at };
      case '(':
        marks.push(stack.length);
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
        stack.push(true);
        break;
      case '\x89':
        stack.push(false);
        break;
      case 'K':
        stack.push(u8());
        break;
      case 'M':
        stack.push(u16());
        break;
      case 'J':
        stack.push(view.getInt32(take(4), true));
        break;
      case '\x8a':
        stack.push(long(u8()));
        break;
      case 'G':
        stack.push(view.getFloat64(take(8)));
        break;
      case 'X':
        stack.push(text(u32()));
        break;
      case 'U':
        stack.push(text(u8()));
        break;
      case ')':
        stack.push([]);
        break;
      case '\x85':
      case '\x86':
      case '\x87':
        stack.push(popMany(code - 0x84));
        break;
      case 't':
        stack.push(popToMark());
        break;
      case ']':
        stack.push([]);
        break;
      case 'a':
        append([pop()]);
        break;
      case 'e':
        append(popToMark());
        break;
      case '}':
        stack.push(new Map());
        break;
      case 's':
        setItems(popMany(2));
        break;
      case 'u':
        setItems(popToMark());
        break;
      case 'q':
        memo.set(u8(), top());
        break;
      case 'r':
        memo.set(u32(), top());
        break;
      case 'h':
        stack.push(recall(u8()));
        break;
      case 'j':
        stack.push(recall(u32()));
        break;
      case 'c':
        stack.push(resolver.global(`${line()}.${line()}`));
        break;
      case 'R':
        stack.push(call(pop(), pop()));
        break;
      case 'Q':
        stack.push(resolver.persistent(pop()));
        break;
      case 'b':
        build();
        break;
      default:
        throw damaged(`has the instruction 0x${code.toString(16)}, which torch.save does not write,`);
    }
  }
}
