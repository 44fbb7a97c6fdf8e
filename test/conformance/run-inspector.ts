import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const PACKAGE = createRequire(import.meta.url).resolve("@modelcontextprotocol/inspector/package.json");
const LAUNCHER = join(dirname(PACKAGE), "clients/launcher/build/index.js");

/** How a client's configuration names a server (the shape of claude_desktop_config.json). */
export type ServerEntry = { command: string; args: string[]; env: Record<string, string> } | { type: "http"; url: string };

/** Lists a server's tools with the MCP Inspector's command line; `--strict` exits with 6 where a schema is not portable. */
export async function inspectTools(entry: ServerEntry): Promise<{ exitCode: number; output: string; tools: string[] }> {
	const folder = mkdtempSync(join(tmpdir(), "faultline-inspector-"));
	const config = join(folder, "servers.json");
	writeFileSync(config, JSON.stringify({ mcpServers: { it: entry } }));
	const args = [LAUNCHER, "--cli", "--config", config, "--server", "it", "--method", "tools/list", "--strict", "--format", "json", "-q"];
	const env = { PATH: process.env.PATH, HOME: folder, MCP_INSPECTOR_SECRET_STORE: "memory" };
	try {
		return await new Promise((resolve) => {
			execFile(process.execPath, args, { env, cwd: folder, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
				const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
				resolve({ exitCode, output: `${stdout}\n${stderr}`, tools: exitCode === 0 ? namesIn(stdout) : [] });
			});
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function namesIn(stdout: string): string[] {
	const answer = JSON.parse(stdout) as { result: { tools: Array<{ name: string }> } };
	return answer.result.tools.map((tool) => tool.name);
}
