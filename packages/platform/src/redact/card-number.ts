/** Issuer prefixes with their lengths; without them one in ten long identifiers or epoch times would pass Luhn's check. */
const ISSUERS: readonly (readonly [RegExp, readonly number[]])[] = [
	[/^4/, [13, 16, 19]],
	[/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
	[/^3[47]/, [15]],
	[/^(?:6011|64[4-9]|65)/, [16, 19]],
	[/^35(?:2[89]|[3-8])/, [16]],
	[/^3(?:0[0-5]|[689])/, [14]],
];

/** Whether digits, in one run or in groups split by one kind of separator, are a payment card number. */
export function isCardNumber(text: string): boolean {
	if (text.includes(" ") && text.includes("-")) return false;
	const groups = text.split(/[ -]/);
	if (groups.length > 1 && groups.slice(0, -1).some((group) => group.length < 4 || group.length > 6)) return false;
	const digits = groups.join("");
	return ISSUERS.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length)) && passesLuhn(digits);
}

/** Luhn's formula (ISO/IEC 7812-1, annex B): from the right, every second digit doubled and its digits added; a multiple of 10. */
export function passesLuhn(digits: string): boolean {
	let sum = 0;
	for (let i = 0; i < digits.length; i++) {
		const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
		const doubled = i % 2 === 1 ? digit * 2 : digit;
		sum += doubled > 9 ? doubled - 9 : doubled;
	}
	return sum % 10 === 0;
}
