import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GenerateCommand, parseGenerate, runGenerate } from "../generate-command.ts";
import { capturesBelow, formatRealism, profilesBelow, runRealism } from "../realism-command.ts";
import { sampleEvidence } from "../testing/index.ts";
import { type Compared, compareProfiles, FIGURES, type Figure, ksDistance, profileOf } from "./realism.ts";

const RECORDED = resolve(import.meta.dirname, "../../../../test/incidents/captures");
const scratch = mkdtempSync(join(tmpdir(), "faultline-realism-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/*
 * The bounds. Six recorded hours of one shop cannot tell a distribution: what is asked is that they could be among the generated ones. Rates per
 * minute are left out of the second bound: recordings keep every request, generated captures a sample.
 */
const IN_RANGE: readonly Figure[] = [
	"alerts per hour",
	"changes per hour",
	"events per hour",
	"share of logs at warning",
	"share of alerts at error or worse",
	"share of spans that fail",
	"variation of gaps between logs",
	"spans per trace",
	"points per series",
	"share of constant series",
	"variation of a series",
	"jumpiness of a series",
	"share of resources that change",
];
const MEDIANS_WITHIN = 8;
const RATES: ReadonlySet<Figure> = new Set(["logs per minute", "spans per minute", "median gap between logs over mean"]);

describe("generated captures beside the recorded ones", () => {
	let compared: Compared[];
	beforeAll(async () => {
		// one in six is healthy among the recorded too: how much fails depends on it
		const asked = ["--out", join(scratch, "set"), "--count", "30", "--seed", "realism", "--healthy-share", "0.17", "--quiet"];
		await runGenerate(parseGenerate(asked) as GenerateCommand);
		compared = compareProfiles(await profilesBelow(RECORDED), await profilesBelow(join(scratch, "set")));
	}, 120_000);

	it("have every figure that recordings have", () => {
		expect(compared.map((c) => c.figure)).toEqual([...FIGURES]);
		expect(compared.every((c) => c.count >= 4)).toBe(true);
	});

	it.each(IN_RANGE)("hold most of the recorded within their range: %s", (figure) => {
		const one = compared.find((c) => c.figure === figure);
		expect(one?.covered, formatRealism(compared)).toBeGreaterThanOrEqual(0.6);
	});

	it(`have medians within ${MEDIANS_WITHIN} times the recorded`, () => {
		const far = compared.filter(
			(c) => !RATES.has(c.figure) && c.real > 0 && (c.generated / c.real > MEDIANS_WITHIN || c.real / c.generated > MEDIANS_WITHIN),
		);
		expect(far.map((c) => c.figure)).toEqual([]);
	});
});

describe("the figures", () => {
	it("are of what a capture holds, and undefined where it lacks it", () => {
		const evidence = sampleEvidence();
		const profile = profileOf(evidence);
		expect(profile["alerts per hour"]).toBeGreaterThan(0);
		expect(profileOf({ ...evidence, signals: [], series: [] })["share of logs at error or worse"]).toBeUndefined();
	});

	it("know distances: none of a sample to itself, one of samples that lie apart", () => {
		expect(ksDistance([1, 2, 3], [1, 2, 3])).toBe(0);
		expect(ksDistance([1, 2], [3, 4])).toBe(1);
		// by scipy.stats.ks_2samp([1, 2, 3, 4], [2, 3, 4, 5, 6]).statistic
		expect(ksDistance([1, 2, 3, 4], [2, 3, 4, 5, 6])).toBeCloseTo(0.4, 12);
	});

	it("are told on the command line", async () => {
		const table = await runRealism(["--real", RECORDED, "--generated", join(RECORDED, "healthy")]);
		expect(table).toContain("share of spans that fail");
		expect(await runRealism(["--help"])).toBeUndefined();
		await expect(runRealism(["--real", RECORDED])).rejects.toMatchObject({ code: "BAD_INPUT" });
		expect(() => capturesBelow(join(scratch, "absent"))).toThrow("no folder");
	});
});
