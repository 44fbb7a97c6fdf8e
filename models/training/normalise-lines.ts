// Raw lines on standard input; for each, one JSON object on standard output: what the product makes of it. Python has no rules of its own.
import { createInterface } from "node:readline";
import { createTemplateTree, inferSeverity, normalise, parseBody } from "../../packages/logs/src/index.ts";

const tree = createTemplateTree();
const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
const pending: string[] = [];

function flush(): void {
	if (pending.length > 0) process.stdout.write(`${pending.join("\n")}\n`);
	pending.length = 0;
}

for await (const raw of lines) {
	const { text, values } = normalise(raw);
	const template = tree.add(raw).templateId;
	pending.push(JSON.stringify({ raw, text, values, template, severity: inferSeverity(raw), message: parseBody(raw).message ?? raw }));
	if (pending.length >= 512) flush();
}
flush();
