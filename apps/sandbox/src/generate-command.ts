import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AppError } from "@faultline/contracts";
import { requireNewFolder, writeCapture } from "@faultline/contracts/capture";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { createRandom, drawPlan, FAULT_NAMES, GeneratorSettings, generate, HEALTHY_NAMES, type Plan } from "./generator/index.ts";

export const GENERATE_HELP = `usage: sandbox generate --out DIR [options]

Writes synthetic incidents, and windows of health, as captures with their truth beside them: DIR/generated/<id> and DIR/healthy/<id>, as
\`faultline eval incidents --captures DIR\` reads them. The same seed, number and settings give the same captures, byte for byte.

options
  --out DIR                 a new or empty folder
  --count N                 how many (default 10)
  --seed TEXT               any text (default 1)
  --fault KIND,...          only these kinds of fault (repeatable)
  --healthy-share P         share without an incident, 0 to 1 (default 0.25)
  --config FILE             YAML or JSON: any of ${Object.keys(GeneratorSettings.shape).join(", ")}
  --quiet                   no progress on standard error
  --help

kinds of fault
  ${FAULT_NAMES.join(", ")
		.replaceAll(/(.{1,120})(?:, |$)/g, "$1,\n  ")
		.replace(/,\s*$/, "")}
kinds of health
  ${HEALTHY_NAMES.join(", ")}

examples
  sandbox generate --out ./synthetic --count 200 --seed 7
  sandbox generate --out ./leaks --count 20 --fault memory-leak,deploy-memory --healthy-share 0
  sandbox generate --out ./large --config ./large.yaml    # resources: [40, 60]
`;

export interface GenerateCommand {
	out: string;
	count: number;
	seed: string;
	config: string | undefined;
	/** What the flags set; it goes before what the file says. */
	flags: { faults?: string[]; healthyShare?: number };
	quiet: boolean;
}

const wrong = (text: string) => new AppError("BAD_INPUT", text, { hint: "sandbox generate --help" });

/**
 * The command line of `sandbox generate`, without its first word; undefined where help was asked for.
 *
 * @throws AppError BAD_INPUT for anything that is not understood
 */
export function parseGenerate(args: readonly string[]): GenerateCommand | undefined {
	const { values, positionals } = read(args);
	if (values.help) return undefined;
	if (positionals.length > 0) throw wrong(`unexpected "${positionals.join(" ")}"`);
	if (!values.out) throw wrong("--out DIR is missing");
	const count = Number(values.count);
	if (!Number.isInteger(count) || count < 1 || count > 100_000) throw wrong(`--count is "${values.count}", not a number from 1 to 100000`);
	const faults = values.fault.flatMap((text) => text.split(",").filter((name) => name !== ""));
	for (const name of faults) if (!(FAULT_NAMES as readonly string[]).includes(name)) throw wrong(`--fault: there is no kind "${name}"`);
	const healthyShare = values["healthy-share"] === undefined ? undefined : Number(values["healthy-share"]);
	if (healthyShare !== undefined && !(healthyShare >= 0 && healthyShare <= 1))
		throw wrong(`--healthy-share is "${values["healthy-share"]}", not 0 to 1`);
	const flags = { ...(faults.length > 0 ? { faults } : {}), ...(healthyShare === undefined ? {} : { healthyShare }) };
	return { out: values.out, count, seed: values.seed, config: values.config, flags, quiet: values.quiet };
}

function read(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				out: { type: "string" },
				count: { type: "string", default: "10" },
				seed: { type: "string", default: "1" },
				fault: { type: "string", multiple: true, default: [] },
				"healthy-share": { type: "string" },
				config: { type: "string" },
				quiet: { type: "boolean", short: "q", default: false },
				help: { type: "boolean", short: "h", default: false },
			},
		});
	} catch (error) {
		throw wrong(error instanceof Error ? error.message : "the arguments were not understood");
	}
}

/**
 * Settings of a file, with what the flags set before it, and defaults for the rest.
 *
 * @throws AppError BAD_INPUT, with every problem of the file at once
 */
export async function readSettings({ config, flags }: Pick<GenerateCommand, "config" | "flags">): Promise<GeneratorSettings> {
	let given: unknown = {};
	if (config !== undefined) {
		const text = await readFile(config, "utf8").catch((error: NodeJS.ErrnoException) => {
			throw wrong(`--config ${config} cannot be read (${error.code})`);
		});
		try {
			given = parseYaml(text) ?? {};
		} catch {
			throw wrong(`--config ${config} is neither YAML nor JSON`);
		}
	}
	const parsed = GeneratorSettings.safeParse(typeof given === "object" ? { ...given, ...flags } : given);
	if (!parsed.success) throw wrong(`--config ${config ?? ""}: ${z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, " ")}`);
	return parsed.data;
}

export interface Written {
	id: string;
	directory: string;
	plan: Plan;
}

/** Writes the captures, one after another; `onCapture` is told of each. */
export async function runGenerate(command: GenerateCommand, onCapture: (written: Written, done: number) => void = () => {}): Promise<void> {
	const settings = await readSettings(command);
	await requireNewFolder(command.out);
	const plans = createRandom(`${command.seed}/plans`);
	for (let i = 0; i < command.count; i++) {
		const plan = drawPlan(plans, settings);
		const seed = `${command.seed}-${i + 1}`;
		const { evidence, truth } = generate(seed, settings, plan);
		// the folder's name says nothing of what is in it
		const id = `g${String(i + 1).padStart(5, "0")}`;
		const directory = join(command.out, truth.healthy ? "healthy" : "generated", id);
		await writeCapture(directory, { ...evidence, id }, { provenance: { source: `sandbox generate, seed ${seed}`, license: "Apache-2.0" } });
		await writeFile(join(directory, "truth.json"), `${JSON.stringify(truth, null, "\t")}\n`);
		onCapture({ id, directory, plan }, i + 1);
	}
}
