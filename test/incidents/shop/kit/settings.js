import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { environment } from "./environment.config.js";

/** A JSON file of settings or flags, read again within two seconds of a change; `log` tells which keys changed. */
export function watchSettings(file, log) {
	const path = join(environment.configDir, file);
	const read = () => JSON.parse(readFileSync(path, "utf8"));
	let values = read();
	let modified = statSync(path).mtimeMs;
	setInterval(() => {
		try {
			const now = statSync(path).mtimeMs;
			if (now === modified) return;
			const next = read();
			const changed = Object.keys(next).filter((key) => JSON.stringify(next[key]) !== JSON.stringify(values[key]));
			modified = now;
			values = next;
			if (changed.length > 0) log.info(`reloaded ${file}`, { changed: changed.join(",") });
		} catch (error) {
			log.warn(`cannot reload ${file}`, { reason: error.message });
		}
	}, 2000).unref();
	return () => values;
}
