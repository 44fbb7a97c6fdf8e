import { AppError } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNormaliser, MAX_LINE_CHARS, normalise } from "./normalise.ts";
import { DEFAULT_RULES } from "./rules.ts";

/** What each rule must take out, and near misses that it must leave alone. */
const CASES: [line: string, text: string][] = [
	["GET https://example.org/a?b=1#c done", "GET <url> done"],
	["see (http://x.io/a).", "see (<url>)."],
	["mail to jo.doe+x@mail.example.com failed", "mail to <email> failed"],
	["request 123e4567-e89b-12d3-a456-426614174000 ok", "request <uuid> ok"],
	["2026-06-19T09:00:00.123456Z start", "<time> start"],
	["2026-06-19 09:00:00,123 start", "<time> start"],
	["19/Jun/2026:09:00:00 +0000 start", "<time> start"],
	["Fri Jun 19 09:00:00 2026 start", "<time> start"],
	["at 09:00:00 sharp", "at <time> sharp"],
	["link 00:1a:2b:3c:4d:5e up", "link <mac> up"],
	["from 10.1.2.3:8080 to /10.1.2.4", "from <ip> to <ip>"],
	["net 10.0.0.0/8", "net <ip>"],
	["from fe80::1ff:fe23:4567:890a port 22", "from <ip> port <num>"],
	["AppHost::start called", "AppHost::start called"],
	["open /var/log/syslog failed", "open <path> failed"],
	["open C:\\Windows\\System32\\x.dll failed", "open <path> failed"],
	["read and/or write", "read and/or write"],
	['tag "worker" set', "tag <quoted> set"],
	["state 'Active' now", "state <quoted> now"],
	["can't open, won't close", "can't open, won't close"],
	['{"level": "x y"}', '{"level": "x y"}'],
	["at 0x00007f8dd9a0c738 in main", "at <address> in main"],
	["code 0x1F", "code <hex>"],
	["obj java.lang.Object@1b6d3586", "obj java.lang.Object<address>"],
	["digest d41d8cd98f00b204e9800998ecf8427e", "digest <hash>"],
	["commit 3f2a9bc", "commit <hex>"],
	["decade facade", "decade facade"],
	["host db-1.prod.example.com:5432 is up", "host <host> is up"],
	["took 12.5 ms, 3s, 10 seconds", "took <duration>, <duration>, <duration>"],
	["read 12 KB of 1.5GiB", "read <size> of <size>"],
	["uid=0 user=root x=", "uid=<value> user=<value> x="],
	["session opened for user cyrus now", "session opened for user <user> now"],
	["check pass; user unknown", "check pass; user unknown"],
	["id a1b2c3d4z5 here", "id <id> here"],
	["block blk_-1608999687919862906 gone", "block blk_<num> gone"],
	["jk2_init() 5 of 10 (50%)", "jk<num>_init() <num> of <num> (<num>)"],
	["worker-12 sleeps -3.5e-7", "worker<num> sleeps <num>"],
	["plain words only", "plain words only"],
	["", ""],
];

describe("normalise", () => {
	it.each(CASES)("%j becomes %j", (line, text) => {
		expect(normalise(line).text).toBe(text);
	});

	it("keeps what it took out, left to right", () => {
		expect(normalise("from 10.1.2.3 took 5 ms").values).toEqual([
			{ type: "ip", value: "10.1.2.3" },
			{ type: "duration", value: "5 ms" },
		]);
	});

	it("takes out control characters, colours and what hides or turns text", () => {
		expect(normalise("\u001b[31mred\u001b[0m a\u0000b\tc\u202ed\u200b").text).toBe("red ab cd");
	});

	it("looks at the beginning of an endless line, and says so", () => {
		const hostile = [
			"1:".repeat(5_000_000),
			"a.".repeat(5_000_000),
			"/".repeat(10_000_000),
			'"'.repeat(10_000_000),
			"a@".repeat(5_000_000),
			"\u001b[".repeat(5_000_000),
		];
		for (const line of hostile) {
			const { text, truncated } = normalise(line);
			expect(truncated).toBe(true);
			expect(text.length).toBeLessThan(MAX_LINE_CHARS * 8);
		}
	});

	it("is repeatable, and gives back the line when the values are put back", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 300 }), (line) => {
				const { text, values } = normalise(line);
				expect(normalise(line)).toEqual({ text, values, truncated: false });
				const bare = createNormaliser([])(line).text;
				let at = 0;
				let rebuilt = "";
				for (const { type, value } of values) {
					const next = text.indexOf(`<${type}>`, at);
					// A line may spell a placeholder itself; then what it spelled comes first.
					if (next < 0) return;
					rebuilt += text.slice(at, next) + value;
					at = next + type.length + 2;
				}
				if (!/<[a-z]+>/.test(line)) expect(rebuilt + text.slice(at)).toBe(bare);
			}),
			{ numRuns: 300 },
		);
	});

	it("gives equal texts to lines that differ only in numbers", () => {
		fc.assert(
			fc.property(fc.nat(), fc.nat(), (a, b) => {
				expect(normalise(`shard ${a} moved to slot ${b}`).text).toBe("shard <num> moved to slot <num>");
			}),
		);
	});

	it("takes rules in the given order, added or removed", () => {
		const rules = [{ name: "order", pattern: "ORD-\\d{1,10}" }, ...DEFAULT_RULES.filter((rule) => rule.placeholder !== "ip")];
		expect(normalise("ORD-17 from 10.1.2.3", rules).text).toBe("<order> from <num>");
	});

	it.each([
		[{ name: "x", pattern: "(" }, "not a regular expression"],
		[{ name: "x", pattern: "(a)" }, "captures"],
		[{ name: "Not A Word", pattern: "a" }, "lower-case word"],
	])("refuses the rule %j", (rule, why) => {
		expect(() => createNormaliser([rule])).toThrow(AppError);
		expect(() => createNormaliser([rule])).toThrow(why);
	});

	it("does not loop on a rule that matches nothing", () => {
		expect(createNormaliser([{ name: "x", pattern: "\\d*" }])("a1b22").text).toBe("a<x>b<x>");
	});
});
