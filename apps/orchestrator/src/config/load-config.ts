import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { AppError } from "@faultline/contracts";
import { type ParsedConfig, parseConfig } from "./parse-config.ts";
import { describeProblem } from "./problems.ts";
import type { FaultlineConfig } from "./schema.ts";

/** Where a configuration may come from: all of it is passed in. */
export interface ConfigPlace {
	/** --config. */
	path?: string | undefined;
	env: Record<string, string | undefined>;
	cwd: string;
	home: string;
}

export interface LoadedConfig {
	config: FaultlineConfig;
	/** The file that it came from. */
	path: string;
}

/** The paths that are tried, in order; a named one (--config, $FAULTLINE_CONFIG) is the only one. */
export function configPaths(place: ConfigPlace): string[] {
	const named = place.path ?? (place.env.FAULTLINE_CONFIG || undefined);
	if (named !== undefined) return [resolve(place.cwd, named)];
	const configHome = place.env.XDG_CONFIG_HOME || join(place.home, ".config");
	return [join(place.cwd, "faultline.yaml"), join(configHome, "faultline", "faultline.yaml")];
}

/** The configuration file that is in force and its text. @throws BAD_CONFIG where there is none. */
export async function readConfigFile(place: ConfigPlace): Promise<{ path: string; text: string }> {
	const paths = configPaths(place);
	for (const path of paths) {
		const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
			if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
			throw new AppError("BAD_CONFIG", `cannot read ${path} (${error.code ?? "unknown error"})`, {
				hint: "check that it is a file that you may read",
			});
		});
		if (text !== undefined) return { path, text };
	}
	const hint = "`faultline init` writes one by asking; or name one with --config FILE or $FAULTLINE_CONFIG";
	throw new AppError("BAD_CONFIG", `no configuration: looked for ${paths.join(" and ")}`, { hint });
}

/** Reads, interpolates and checks the configuration. @throws BAD_CONFIG with every problem at once. */
export async function loadConfig(place: ConfigPlace): Promise<LoadedConfig> {
	const { path, text } = await readConfigFile(place);
	const parsed = parseConfig(text, place.env);
	if (parsed.config === undefined) throw problemsError(path, parsed);
	return { config: withPaths(parsed.config, (named) => resolvePath(named, dirname(path), place.home)), path };
}

/** Relative paths in a configuration are relative to it. */
function resolvePath(path: string, folder: string, home: string): string {
	return path.startsWith("~/") ? join(home, path.slice(2)) : resolve(folder, path);
}

function withPaths(config: FaultlineConfig, resolved: (path: string) => string): FaultlineConfig {
	const { kubernetes } = config.sources;
	const { encoder } = config;
	return {
		...config,
		// A model's name is no path.
		...(encoder?.includes("/") && { encoder: resolved(encoder) }),
		...(kubernetes?.kubeconfig !== undefined && {
			sources: { ...config.sources, kubernetes: { ...kubernetes, kubeconfig: resolved(kubernetes.kubeconfig) } },
		}),
	};
}

export function problemsError(path: string, parsed: ParsedConfig): AppError {
	const count = parsed.problems.length === 1 ? "1 problem" : `${parsed.problems.length} problems`;
	const message = [`${path} has ${count}:`, ...parsed.problems.map((p) => `  ${describeProblem(p)}`)].join("\n");
	return new AppError("BAD_CONFIG", message, { hint: "mend the file, then run `faultline config check`" });
}

/** Where reports and evidence are kept. */
export function dataDir(place: Omit<ConfigPlace, "path">, config?: FaultlineConfig): string {
	const named = place.env.FAULTLINE_DATA_DIR || config?.dataDir;
	if (named !== undefined) return isAbsolute(named) ? named : resolve(place.cwd, named);
	return join(place.env.XDG_DATA_HOME || join(place.home, ".local", "share"), "faultline");
}
