import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError } from "@faultline/contracts";
import type { Command } from "commander";
import { answersOf, askAnswers, type InitFlags } from "../init-questions.ts";
import type { Session } from "../session.ts";

interface Flags extends InitFlags {
	output: string;
	force?: boolean;
	yes?: boolean;
}

export function register(program: Command, session: Session): void {
	program
		.command("init")
		.description("writes the configuration by asking, or from flags, and prints the block for Claude Desktop")
		.option("--kubernetes", "use Kubernetes with the current context")
		.option("--kubeconfig <file>", "the kubeconfig")
		.option("--kubernetes-context <name>", "its context")
		.option("--kubernetes-namespaces <list>", "comma separated; all where missing")
		.option("--sentry-org <slug>", "Sentry's organization")
		.option("--sentry-url <url>", "a self-hosted Sentry")
		.option("--sentry-projects <list>", "comma separated slugs; all where missing")
		.option("--cloudwatch", "use CloudWatch with the environment's region and credentials")
		.option("--cloudwatch-region <region>", "AWS region")
		.option("--cloudwatch-endpoint <url>", "an endpoint other than AWS's own")
		.option("--cloudwatch-profile <name>", "AWS profile")
		.option("--grafana-url <url>", "Grafana's address")
		.option("-o, --output <file>", "where it is written", "faultline.yaml")
		.option("--force", "overwrite the file if it is there")
		.option("-y, --yes", "ask nothing: take the flags as they are")
		.action(async (flags: Flags) => init(session, flags));
}

async function init(session: Session, flags: Flags): Promise<void> {
	const { claudeDesktopBlock, composeConfig, neededVariables } = await import("@faultline/orchestrator/config/compose-config");
	const ask = !flags.yes && process.stdin.isTTY === true && process.stdout.isTTY === true;
	const answers = ask ? await askAnswers(flags) : answersOf(flags);
	if (Object.keys(answers).length === 0) {
		throw new AppError("BAD_INPUT", "no source is named", {
			hint: "faultline init --yes --kubernetes-context prod --sentry-org acme --cloudwatch-region eu-west-1 --grafana-url https://grafana.example.com",
		});
	}
	const text = composeConfig(answers);
	await checkText(text, session.env);
	const path = resolve(flags.output);
	await write(path, text, flags.force === true);
	const variables = neededVariables(answers);
	const block = claudeDesktopBlock(process.execPath, [process.argv[1] ?? "faultline", "--config", path, "mcp"], variables);
	const unset = variables.filter((name) => !session.env[name]);
	const next = [
		`Wrote ${path}.`,
		...(unset.length === 0
			? []
			: [`Set ${unset.join(" and ")} in the environment: the file refers to ${unset.length === 1 ? "it" : "them"}.`]),
		"Then: faultline doctor, and faultline report.",
		"",
		"For Claude Desktop, put this into claude_desktop_config.json and restart it:",
		block,
	];
	await session.write(`${next.join("\n")}\n`);
}

/** What was typed must read back without problems; variables that are not set yet are no problem here. */
async function checkText(text: string, env: Session["env"]): Promise<void> {
	const [{ parseConfig }, { describeProblem }] = await Promise.all([
		import("@faultline/orchestrator/config/parse-config"),
		import("@faultline/orchestrator/config/problems"),
	]);
	const problems = parseConfig(text, env).problems.filter((p) => !p.missingVariable);
	if (problems.length > 0)
		throw new AppError(
			"BAD_INPUT",
			["these answers do not make a configuration:", ...problems.map(({ line: _line, ...p }) => `  ${describeProblem(p)}`)].join("\n"),
		);
}

async function write(path: string, text: string, force: boolean): Promise<void> {
	await writeFile(path, text, { flag: force ? "w" : "wx", mode: 0o600 }).catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "EEXIST")
			throw new AppError("BAD_INPUT", `${path} is already there`, { hint: "--force overwrites it; --output names another" });
		throw new AppError("BAD_INPUT", `cannot write ${path} (${cause.code ?? "unknown error"})`, { cause });
	});
}
