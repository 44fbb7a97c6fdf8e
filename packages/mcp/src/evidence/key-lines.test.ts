import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Signal } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactKeyLines } from "./key-lines.ts";

let last = 0;
function line(body: string, resource = "web-1"): Signal {
	const [id, time] = [`${last++}`, "2026-06-19T09:00:00.000Z"];
	return { id, source: "acme", kind: "log", time, severity: 9, resource, body, attributes: {}, count: 1, redactions: 0 };
}
const bodies = (signals: readonly Signal[]) => redactKeyLines(signals).signals.map((s) => s.body);

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
	.privateKey.export({ type: "pkcs8", format: "pem" })
	.toString()
	.trim()
	.split("\n");
const inside = pem.slice(1, -1);

describe("a key that is logged line by line", () => {
	it("does not come out, in pages of any size, either way in time, between lines of other streams", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 40 }), fc.boolean(), fc.integer({ min: 0, max: 3 }), (size, newestFirst, others) => {
				const records = ["starting", ...pem, "started"].flatMap((body) => [
					line(body),
					...Array.from({ length: others }, () => line(randomBytes(9).toString("base64"), "web-2")),
				]);
				const ordered = newestFirst ? records.toReversed() : records;
				const shown: string[] = [];
				for (let at = 0; at < ordered.length; at += size) shown.push(...bodies(ordered.slice(at, at + size)));
				expect(inside.slice(0, -1).filter((secret) => shown.includes(secret))).toEqual([]);
				expect(shown).toEqual(expect.arrayContaining(["starting", "started"]));
				expect(shown).toHaveLength(records.length);
			}),
		);
		expect(redactKeyLines(pem.map((body) => line(body)))).toMatchObject({ count: inside.length });
		expect(bodies(pem.map((body) => line(body)))).not.toEqual(expect.arrayContaining([inside.at(-1)]));
	});

	it("keeps the logger's own words", () => {
		const [begin, first, second] = pem.map((text) => line(`2026-06-19 09:00:00 DEBUG tls: ${text}`));
		expect(bodies([begin, first, second] as Signal[])).toEqual([
			begin?.body,
			"2026-06-19 09:00:00 DEBUG tls: [redacted:private-key]",
			"2026-06-19 09:00:00 DEBUG tls: [redacted:private-key]",
		]);
	});

	it("is not seen in hashes, words, single long tokens between other lines, or short ones", () => {
		const harmless = [
			"pulled image",
			randomBytes(32).toString("hex"),
			randomBytes(32).toString("hex"),
			`uploaded part ${randomBytes(48).toString("base64").slice(0, 64)}`,
			"done",
			"ok",
			"retry",
		];
		expect(bodies(harmless.map((body) => line(body)))).toEqual(harmless);
	});
});
