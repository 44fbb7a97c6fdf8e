/**
 * A 64-bit name for a template, the same on every machine: two lanes of 32-bit multiply-xor over the UTF-16 code units, finished as in
 * MurmurHash3. Not cryptographic; it names, it does not protect.
 */
export function hashText(text: string): string {
	const [high, low] = hashLanes(text);
	return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** The two lanes, each an unsigned 32-bit number; another seed is another hash. */
export function hashLanes(text: string, seed = 0): [high: number, low: number] {
	let a = 0x9e3779b9 ^ Math.imul(seed, 0x27d4eb2f);
	let b = 0x85ebca6b ^ Math.imul(seed, 0x165667b1);
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		a = Math.imul(a ^ unit, 0x85ebca77);
		b = Math.imul(b ^ unit, 0xc2b2ae3d);
	}
	a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
	b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
	return [a >>> 0, b >>> 0];
}
