import type { Command } from "commander";

/** What `--help` shows below each command, by the command's words. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
	"": ["faultline report --since 30m", "faultline analyze --capture ./incident", 'faultline ask "what\'s broken?"', "faultline doctor"],
	report: [
		"faultline report --since 30m",
		"faultline report --from 2026-06-19T09:00:00Z --to 2026-06-19T10:30:00Z --baseline 1h",
		"faultline report --service checkout --format markdown --output incident.md",
	],
	analyze: [
		"faultline analyze --capture ./incident",
		"faultline analyze --capture ./incident --format dot --output incident.dot",
		"faultline analyze --capture ./incident --encoder hash --format json",
		"faultline analyze --capture ./incident --keep",
	],
	ask: ['faultline ask "what\'s broken?"', 'faultline ask "what changed?" --since 2h'],
	confirm: [
		"faultline confirm latest --cause checkout",
		"faultline confirm inc-20260619-090000-1a2b3c --healthy",
		"faultline confirm inc-20260619-090000-1a2b3c --forget",
	],
	record: ["faultline record --out ./incident --since 1h"],
	doctor: ["faultline doctor", "faultline doctor --config ./faultline.yaml"],
	init: ["faultline init", "faultline init --kubernetes-context production --yes"],
	"config check": ["faultline config check", "faultline config check --config ./faultline.yaml"],
	mcp: ["faultline mcp", "faultline mcp kubernetes", "faultline mcp grafana --http 8765"],
	serve: ["faultline serve", "faultline serve --port 8080", "faultline serve --warm app.log"],
	"logs group": [
		"faultline logs group app.log",
		"kubectl logs deploy/web | faultline logs group -",
		"faultline logs group app.log --fold --features",
	],
	"logs detect": [
		"faultline logs detect --baseline healthy.ndjson --input today.ndjson",
		"faultline logs detect --baseline healthy.ndjson --input today.ndjson --explain",
	],
	"logs embed": ["faultline logs embed app.log --model hash", "kubectl logs deploy/web | faultline logs embed - --model logbert"],
	"models list": ["faultline models list", "faultline models list --format json"],
	"models verify": ["faultline models verify", "faultline models verify ./my-encoder"],
	"models train": ["faultline models train --corpus app.log --out ./my-encoder"],
	"models finetune": ["faultline models finetune --corpus app.log", "faultline models finetune --corpus app.log db.log --minutes 15"],
	"models warm": ["faultline models warm --corpus app.log"],
	"eval incidents": [
		"faultline eval incidents --captures ./incidents",
		"faultline eval incidents --captures ./incidents --set checkout --no-ablations",
		"faultline eval incidents --captures ./incidents --json --output figures.json",
		"faultline eval incidents --captures ./incidents --healthy 30",
		"faultline eval incidents --captures ./incidents --fit",
	],
	"eval logs": [
		"faultline eval logs",
		"faultline eval logs --sessions labelled.ndjson --baseline-share 0.5 --json",
		"faultline eval logs --inject web.log database.log",
	],
	"eval alert-graphs": [
		"faultline eval alert-graphs --train labelled.ndjson.gz --input incidents.ndjson",
		"gunzip -c incidents.ndjson.gz | faultline eval alert-graphs --train labelled.ndjson --input -",
	],
	"eval confirmed": [
		"faultline eval confirmed",
		"faultline eval confirmed --ranker trees",
		"faultline eval confirmed --export confirmed.ndjson",
	],
	completion: ["source <(faultline completion bash)", "faultline completion fish > ~/.config/fish/completions/faultline.fish"],
};

/** Puts each command's examples below its help. */
export function addExamples(command: Command, words: readonly string[] = []): void {
	const examples = EXAMPLES[words.join(" ")] ?? [];
	if (examples.length > 0) command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
	for (const child of command.commands) addExamples(child, [...words, child.name()]);
}
