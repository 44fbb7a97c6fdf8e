import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AppError } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { type Compared, compareProfiles, type Profile, profileOf } from "./generator/realism.ts";

export const REALISM_HELP = `usage: sandbox realism --real DIR --generated DIR

Compares recorded captures with generated ones, figure by figure: medians, the share of the recorded that lies within the range of the generated,
and the distance of Kolmogorov and Smirnov. DIR holds captures at any depth.

examples
  sandbox generate --out ./synthetic --count 100
  sandbox realism --real test/incidents/captures --generated ./synthetic
`;

/** The folders below one that hold a capture. */
export function capturesBelow(folder: string): string[] {
	if (!existsSync(folder)) throw new AppError("BAD_INPUT", `there is no folder at ${folder}`, { hint: "sandbox realism --help" });
	if (existsSync(join(folder, "capture.json"))) return [folder];
	return readdirSync(folder, { withFileTypes: true })
		.filter((e) => e.isDirectory())
		.flatMap((e) => capturesBelow(join(folder, e.name)))
		.sort();
}

export async function profilesBelow(folder: string): Promise<Profile[]> {
	const profiles: Profile[] = [];
	for (const capture of capturesBelow(folder)) profiles.push(profileOf(await readCapture(capture)));
	return profiles;
}

/** The comparison as a table. */
export function formatRealism(compared: readonly Compared[]): string {
	const number = (v: number) => Number(v.toPrecision(3)).toString().padStart(10);
	const rows = compared.map(
		(c) =>
			`${c.figure.padEnd(36)}${number(c.real)}${number(c.generated)}${number(c.covered)}${number(c.distance)}${String(c.count).padStart(6)}`,
	);
	return `${"".padEnd(36)}      real generated   covered  distance captures\n${rows.join("\n")}\n`;
}

/**
 * `sandbox realism`, without its first word; undefined where help was asked for.
 *
 * @throws AppError BAD_INPUT for anything that is not understood
 */
export async function runRealism(args: readonly string[]): Promise<string | undefined> {
	const { values } = read(args);
	if (values.help) return undefined;
	const wrong = (text: string) => new AppError("BAD_INPUT", text, { hint: "sandbox realism --help" });
	if (!values.real || !values.generated) throw wrong("--real DIR and --generated DIR are both needed");
	const [real, generated] = [await profilesBelow(values.real), await profilesBelow(values.generated)];
	if (real.length === 0 || generated.length === 0) throw wrong(`no captures below ${real.length === 0 ? values.real : values.generated}`);
	return formatRealism(compareProfiles(real, generated));
}

function read(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			options: { real: { type: "string" }, generated: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
		});
	} catch (error) {
		throw new AppError("BAD_INPUT", error instanceof Error ? error.message : "the arguments were not understood", {
			hint: "sandbox realism --help",
		});
	}
}
