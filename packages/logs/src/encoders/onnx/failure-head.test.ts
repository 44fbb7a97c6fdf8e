import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openFailureHead, withoutLevel } from "./failure-head.ts";

const model = (name: string): string => fileURLToPath(new URL(`../../../../../models/${name}/`, import.meta.url));

describe("the failure head", () => {
	it("tells what failed from what went well, whatever level its logger wrote", async () => {
		const head = await openFailureHead(model("logbert"));
		const [bad = 0, good = 1, same = 0] =
			(await head?.score(["connection to the database failed: timed out", "request served in 12 ms", "ERROR request served in 12 ms"])) ??
			[];
		await head?.close();
		expect(bad).toBeGreaterThan(good);
		expect(same).toBe(good);
	});

	it("is not there in an encoder without one", async () => expect(await openFailureHead(model("sbert"))).toBeUndefined());

	it.each([
		["level=error msg=gone", "msg=gone"],
		["2026-01-05 [WARN] disk slow", "2026-01-05 disk slow"],
		["E0105 12:00:00 lease lost", "0105 12:00:00 lease lost"],
		["ERROR", "ERROR"],
		["the error budget is spent", "the error budget is spent"],
	])("looks away from the level of %s", (line, rest) => expect(withoutLevel(line)).toBe(rest));
});
