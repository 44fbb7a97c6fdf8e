import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutControls } from "./controls.ts";
import { createLineIndex } from "./line-index.ts";
import { createMask, showHoles } from "./normalise.ts";
import { DEFAULT_RULES } from "./rules.ts";

const mask = createMask(DEFAULT_RULES);
const plainly = (line: string): string => {
	const { text, marks } = mask(withoutControls(line));
	return showHoles(text, marks);
};

/** What rules look at: units, months, prefixes, punctuation, hexadecimal runs, in any order. */
const PIECES = [
	..."0123456789abcdefxXzTZ_-+.,:;/\\@=\"'()[]{}<>|%#~$&*µé",
	..."   ",
	"  ",
	"ms",
	"s",
	"seconds",
	"KB",
	"bytes",
	"kB",
	"hours",
	"msec",
	"milliseconds",
	"min",
	"secs",
	"d",
	"UTC",
	"GMT",
	"AM",
	"PM",
	"+0000",
	"-03:00",
	"Jan",
	"Jun",
	"Fri",
	"Fri,",
	"19,",
	"2026",
	"2026-06-19",
	"09:00:00",
	"9:00:00.123",
	"19/Jun/2026",
	"06/19/2026",
	"20260619T090000Z",
	"P1DT2H",
	"1h2m",
	"for user",
	"user",
	"invalid",
	"unknown",
	"10.1.2.3",
	"::ffff:",
	"fe80::1",
	"00:1a:2b:3c:4d:5e",
	"0x",
	"0X1f",
	"00x12",
	"http://",
	"eyJ",
	"123e4567-e89b-12d3-a456-426614174000",
	"d41d8cd98f00b204e9800998ecf8427e",
	"3f2a9bc81d2e4f60",
	"abcdefabcdefabcd",
	"877d1165d1d4233d",
	"1234567890123456",
	"3f2a9bc81d2e4f603f2a9bc81d2e4f60aaaabbbb",
	"3f2a9bc81d2e4f603",
	"e-mail@x.io",
	"a.b.com",
	"C:\\x",
	"key=",
	"blk_",
	',"',
	',"a',
	'":',
	"'a",
	"\t",
	"\u001b[31m",
	"\u2028",
	"\ufdd0",
	"\u00a0",
];
const hostile = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join(""));
const other = fc.string({ unit: "binary", maxLength: 80 });

describe("createLineIndex", () => {
	it("masks every line as the rules do, whatever it met before", () => {
		const index = createLineIndex<string>(mask);
		fc.assert(
			fc.property(fc.oneof({ weight: 6, arbitrary: hostile }, other), fc.infiniteStream(fc.nat(9)), (line, digits) => {
				// The same line with other digits has the same shape unless "0x" is in it: what was masked for one is used for the other.
				const twin = line.replace(/[1-9]/g, () => String(1 + ((digits.next().value as number) % 9)));
				for (const text of [line, twin]) {
					const found = index.find(text);
					const { text: masked, marks } = index.masked();
					expect(showHoles(masked, marks)).toBe(plainly(text));
					expect(found ?? plainly(text)).toBe(plainly(text));
					index.remember(plainly(text), 0);
					expect(index.find(text)).toBe(plainly(text));
				}
			}),
			{ numRuns: 4_000 },
		);
	});

	it("gives what it remembered for a line of the same form, and nothing after forget", () => {
		const index = createLineIndex<string>(mask);
		expect(index.find("worker 7 took 12 ms")).toBeUndefined();
		index.remember("template", 3);
		expect(index.find("worker 19 took 3 ms")).toBe("template");
		expect(index.find("worker 19 took 3 mu")).toBeUndefined();
		index.find("worker 7 took 12 ms");
		index.forget(2);
		expect(index.find("worker 7 took 12 ms")).toBe("template");
		index.forget(3);
		expect(index.find("worker 7 took 12 ms")).toBeUndefined();
		index.remember("again", 3);
		index.forget();
		expect(index.find("worker 7 took 12 ms")).toBeUndefined();
	});

	it("stays right when its tables overflow", () => {
		const index = createLineIndex<number>(mask);
		const word = (i: number): string => i.toString(2).replaceAll("0", "o").replaceAll("1", "l");
		for (let i = 0; i < 80_000; i++) {
			expect(index.find(`${word(i)} started ${i}`)).toBeUndefined();
			index.remember(i, 0);
		}
		for (let i = 79_000; i < 80_000; i++) {
			const found = index.find(`${word(i)} started 5`);
			expect(found ?? i).toBe(i);
			expect(showHoles(index.masked().text, index.masked().marks)).toBe(`${word(i)} started <num>`);
		}
	});

	it("masks a line of one chunk too long, or of too many chunks, by the rules", () => {
		const index = createLineIndex<number>(mask);
		for (const line of ["ab12".repeat(4_000), "a 1 ".repeat(4_000)]) {
			expect(index.find(line)).toBeUndefined();
			index.remember(1, 0);
			expect(index.find(line)).toBeUndefined();
			expect(index.masked()).toMatchObject({ text: mask(line).text, marks: mask(line).marks });
		}
	});
});
