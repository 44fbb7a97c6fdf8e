import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("writes to standard error only, with secrets taken out", () => {
	const module = new URL("./logger.ts", import.meta.url).href;
	const program = `import { createLogger } from ${JSON.stringify(module)}; createLogger("x").info({ token: "hunter2", n: 1 }, "hello"); createLogger("x", "silent").error("no");`;
	const run = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
	expect(run.stdout).toBe("");
	const lines = run.stderr.split("\n").filter((line) => line.startsWith("{"));
	expect(lines).toHaveLength(1);
	expect(JSON.parse(lines[0] ?? "")).toMatchObject({ name: "x", msg: "hello", n: 1, token: "[redacted]" });
});
