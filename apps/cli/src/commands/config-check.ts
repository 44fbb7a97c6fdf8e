import type { Command } from "commander";
import { placeOf } from "../config.ts";
import type { Session } from "../session.ts";

/** `faultline config check`: every problem of the configuration at once. */
export function register(config: Command, session: Session): void {
	config
		.command("check")
		.description("prints every problem of the configuration at once; opens no connection")
		.action(async () => {
			const [{ loadConfig }, { configuredSources }, { sourceEnv }, { tryConnect }, { AppError, toAppError }] = await Promise.all([
				import("@faultline/orchestrator/config/load-config"),
				import("@faultline/orchestrator/config/schema"),
				import("@faultline/orchestrator/config/source-env"),
				import("@faultline/orchestrator/server/serve-source"),
				import("@faultline/contracts"),
			]);
			const { config: loaded, path } = await loadConfig(placeOf(session.env, session.configPath));
			const problems: string[] = [];
			for (const name of configuredSources(loaded)) {
				const source = loaded.sources[name];
				if (source === undefined || source.mcpUrl !== undefined) continue;
				await tryConnect(name, sourceEnv(name, source as never, session.env)).catch((thrown: unknown) => {
					const error = toAppError(thrown);
					problems.push(`  ${name}: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`);
				});
			}
			if (problems.length > 0)
				throw new AppError("BAD_CONFIG", [`${path} reads well, but its sources have problems:`, ...problems].join("\n"), {
					hint: "mend the file or the environment; `faultline doctor` then tests the connections",
				});
			await session.write(`${path}: no problems; sources: ${configuredSources(loaded).join(", ")}\n`);
		});
}
