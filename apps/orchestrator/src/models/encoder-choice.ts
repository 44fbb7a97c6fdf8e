import { type ConfigPlace, dataDir } from "../config/load-config.ts";
import type { FaultlineConfig } from "../config/schema.ts";
import { modelFolders } from "./model-folders.ts";
import type { EncoderChoice } from "./open-encoder.ts";

/** The encoder of the configuration, or of `named`, with its vectors kept where the configuration says. */
export function chooseEncoder(place: Omit<ConfigPlace, "path">, config?: FaultlineConfig, named?: string): EncoderChoice {
	const directory = dataDir(place, config);
	return {
		name: named ?? config?.encoder ?? "default",
		folders: modelFolders(directory),
		keep: { dataDir: directory, redis: config?.cache.redis },
	};
}
