/**
 * A 64-bit name for a template, the same on every machine: two rounds of 32-bit multiply-xor (as in MurmurHash3's finaliser) over the
 * UTF-16 code units. Not cryptographic; it names, it does not protect.
 */
export function hashText(text: string): string {
	const [high, low] = mix(text);
	return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** The same hash as a number of 53 bits, for counting tables. */
export function hashNumber(text: string): number {
	const [high, low] = mix(text);
	return (high & 0x1fffff) * 4294967296 + low;
}

function mix(text: string): [number, number] {
	let a = 0x9e3779b9;
	let b = 0x85ebca6b;
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		a = Math.imul(a ^ unit, 0x85ebca77);
		b = Math.imul(b ^ unit, 0xc2b2ae3d);
	}
	a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
	b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
	return [a >>> 0, b >>> 0];
}
