/** Bytes as people write them: `0a 0b*3 # comment`. */

export function fromHex(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const line of text.split('\n')) {
    const written = line.replace(/#.*/, '').trim();
    for (const token of written === '' ? [] : written.split(/\s+/)) {
      const [digits = '', times = '1'] = token.split('*');
      if (!/^(?:[0-9a-f]{2})+$/.test(digits)) throw new Error(`not hex: ${token}`);
      const one = Array.from(digits.matchAll(/../g), ([pair]) => Number.parseInt(pair, 16));
      for (let count = Number(times); count > 0; count -= 1) bytes.push(...one);
    }
  }
  return Uint8Array.from(bytes);
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
