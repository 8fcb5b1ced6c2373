// test/digest/digest.ts in ES5 and by arithmetic alone, for engines without typed arrays: the same digest of the same
// float32.

/** The 32 bits of a number that is a float32, as an unsigned integer. */
function float32Bits(value) {
  var sign = value < 0 || (value === 0 && 1 / value < 0) ? 2147483648 : 0;
  var magnitude = Math.abs(value);
  var exponent = 127;
  if (magnitude === 0) return sign;
  for (; magnitude >= 2; exponent++) magnitude /= 2;
  for (; magnitude < 1 && exponent > 1; exponent--) magnitude *= 2;
  return sign + (magnitude < 1 ? magnitude * 8388608 : (exponent - 1) * 8388608 + magnitude * 8388608);
}

/** FNV-1a of 64 bits over the bytes of float32 numbers, little end first: 16 hex digits. */
function float32Digest(numbers) {
  var high = 0xcbf29ce4;
  var low = 0x84222325;
  for (var i = 0; i < numbers.length; i++) {
    var bits = float32Bits(numbers[i]);
    for (var j = 0; j < 4; j++) {
      low = (low ^ (bits % 256)) >>> 0;
      bits = Math.floor(bits / 256);
      // Times 2^40 + 0x1b3; a product of 41 bits is exact.
      var product = low * 0x1b3;
      high = (high * 0x1b3 + low * 256 + Math.floor(product / 4294967296)) % 4294967296;
      low = product % 4294967296;
    }
  }
  function hex(half) {
    var digits = half.toString(16);
    return '00000000'.slice(digits.length) + digits;
  }
  return hex(high) + hex(low);
}
