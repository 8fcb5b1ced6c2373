// What browsers add to their engine and the shell of an engine lacks: TextEncoder, TextDecoder, URL, structuredClone. Only
// as much of each as the package uses, and only where it is missing.

const UTF8 = {
  /** Lone surrogates become U+FFFD. */
  encode(text: string): number[] {
    const bytes: number[] = [];
    for (const character of text) {
      let code = character.codePointAt(0)!;
      if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) {
        bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      } else {
        bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63));
        bytes.push(0x80 | (code & 63));
      }
    }
    return bytes;
  },
  /** decodeURIComponent throws a URIError at bytes that are not UTF-8. */
  decode(bytes: Uint8Array): string {
    let escaped = '';
    for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
    return decodeURIComponent(escaped);
  },
};

class Encoder {
  encode(text: string): Uint8Array {
    return Uint8Array.from(UTF8.encode(text));
  }
  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    const bytes = UTF8.encode(text);
    target.set(bytes);
    return { read: text.length, written: bytes.length };
  }
}

class Decoder {
  readonly #fatal: boolean;
  constructor(_encoding?: string, { fatal = false } = {}) {
    this.#fatal = fatal;
  }
  decode(bytes: Uint8Array): string {
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      if (this.#fatal) throw new TypeError('The bytes are not UTF-8.', { cause });
      return String.fromCharCode(...bytes);
    }
  }
}

const missing = {
  TextEncoder: Encoder,
  TextDecoder: Decoder,
  /** No value is one: the package asks whether a source is. */
  URL: class {},
  structuredClone: (value: unknown) => JSON.parse(JSON.stringify(value)),
};

export function addWebGlobals(): void {
  for (const [name, value] of Object.entries(missing)) {
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  }
}
