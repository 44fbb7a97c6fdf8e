import type { Random } from "../random.ts";
import type { Language, SystemNode } from "../system/model.ts";
import type { Thrown } from "./stack-traces.ts";
import { camel, type Vocabulary } from "./vocabulary.ts";

/** What a commit says and does. */
export interface Patch {
	title: string;
	files: string[];
	diff: string;
}

const EXTENSION: Record<Language, string> = { java: "java", go: "go", python: "py", node: "js" };
const SOURCE: Record<Language, (noun: string, name: string) => string> = {
	java: (noun, name) => `src/main/java/${noun}/${camel(name)}.java`,
	go: (noun, name) => `internal/${noun}/${name}.go`,
	python: (noun, name) => `${noun}/${name}.py`,
	node: (noun, name) => `src/${noun}/${name}.js`,
};

const hunk = (file: string, at: number, method: string, lines: readonly string[]): string =>
	`diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -${at},7 +${at},7 @@ ${method}\n${lines.join("\n")}`;

/** A change that has nothing to do with any fault, as most have not; some touch what faults touch too. */
export function harmlessPatch(random: Random, words: Vocabulary, node: SystemNode): Patch {
	const noun = random.pick([node.entity, ...words.entities.slice(0, 4)]);
	const other = random.pick(words.entities);
	const ext = EXTENSION[node.language];
	const file = SOURCE[node.language](noun, random.pick(["view", "format", "model", "list", "export"]));
	const at = random.int(8, 240);
	const choices: (() => Patch)[] = [
		() => ({
			title: `docs: describe ${noun} export`,
			files: [`docs/${noun}.md`],
			diff: hunk(`docs/${noun}.md`, at, "", [`-The ${noun} is exported daily.`, `+The ${noun} is exported daily, at night.`]),
		}),
		() => ({
			title: `test: cover ${noun} without ${other}`,
			files: [`test/${noun}_test.${ext}`],
			diff: hunk(`test/${noun}_test.${ext}`, at, "", [`+expect(${noun}.${other}).toBeNull()`]),
		}),
		() => ({
			title: `${noun}: log how many ${other} are read`,
			files: [file],
			diff: hunk(file, at, noun, [` ${noun}.load()`, `+log.info("read " + ${other}.size())`]),
		}),
		() => ({
			title: `chore: bump linter`,
			files: ["package-lock.json"],
			diff: hunk("package-lock.json", at, "", ['-"version": "9.1.0"', '+"version": "9.2.1"']),
		}),
		() => ({
			title: `${noun}: sort by name, then by ${other}`,
			files: [file],
			diff: hunk(file, at, noun, [`-sort(${noun}, byName)`, `+sort(${noun}, byName, by${camel(other)})`]),
		}),
		() => ({
			title: `refactor: rename ${other} in ${noun}`,
			files: [file],
			diff: hunk(file, at, noun, [`-const ${other} = read(${noun})`, `+const ${other}List = read(${noun})`]),
		}),
		() => ({
			title: `feat: show ${other} on the ${noun} page`,
			files: [file, `web/${noun}.css`],
			diff: hunk(file, at, noun, [`+render("${other}", ${noun}.${other})`]),
		}),
		() => ({
			title: `perf: read ${noun} once instead of twice`,
			files: [file],
			diff: hunk(file, at, noun, [`-const again = load(${noun})`, ` return render(${noun})`]),
		}),
		() => ({
			title: `fix: guard against empty ${noun}`,
			files: [file],
			diff: hunk(file, at, noun, [`+if (${noun} == null) return empty`, ` return ${noun}.${other}`]),
		}),
		() => ({
			title: `config: raise ${noun} cache time`,
			files: [`deploy/${noun}.yaml`],
			diff: hunk(`deploy/${noun}.yaml`, at, "", ["-cacheSeconds: 60", "+cacheSeconds: 90"]),
		}),
		() => ({
			title: `config: timeout of ${noun} report 20s`,
			files: [`deploy/${noun}.yaml`],
			diff: hunk(`deploy/${noun}.yaml`, at, "", ["-reportTimeout: 15s", "+reportTimeout: 20s"]),
		}),
	];
	return random.pick(choices)();
}

/** The change that brought a fault about. Its title seldom says so. */
export function guiltyPatch(random: Random, words: Vocabulary, node: SystemNode, fault: string, thrown: Thrown): Patch {
	const noun = node.entity;
	const other = random.pick(words.entities);
	const at = random.int(8, 240);
	const settings = random.pick([`deploy/${noun}.yaml`, `config/${noun}.json`, `helm/values-prod.yaml`]);
	const file = SOURCE[node.language](noun, random.pick(["service", "store", "loader"]));
	const code = (title: string, lines: string[], where = file, method = noun): Patch => ({
		title,
		files: [where],
		diff: hunk(where, at, method, lines),
	});
	const setting = (title: string, lines: string[]): Patch => ({ title, files: [settings], diff: hunk(settings, at, "", lines) });
	switch (fault) {
		case "deploy-exception":
			return code(
				random.pick([`${noun}: simplify how ${other} is read`, `refactor: ${noun} ${other} lookup`, `feat: ${other} of ${noun}`]),
				[`-${noun}.${other} ?? default${camel(other)}`, `-if (${noun} == null) return`, `+${noun}.${other}.value`, ` // ${thrown.method}`],
				thrown.file,
				thrown.method,
			);
		case "crash-loop":
			return code(`${noun}: load registry at start`, [
				`+registry = require${camel(other)}(env["${other.toUpperCase()}_REGISTRY"])`,
				`+if (registry == null) throw new Error("cannot initialise ${noun} registry")`,
			]);
		case "deploy-silent":
			return code(
				random.pick([`${noun}: return early where ${other} is known`, `refactor: ${noun} flow`, `perf: skip ${other} for ${noun}`]),
				[`+if (${noun}.${other}) return ${noun}`, ` const found = load(${noun})`],
			);
		case "deploy-slow":
			return code(
				random.pick([`${noun}: read ${other} for each row`, `feat: ${other} per ${noun}`, `refactor: drop batch loader of ${noun}`]),
				[
					`-const all = query("SELECT * FROM ${other} WHERE id = ANY($1)", ids)`,
					`+for (const id of ids) rows.push(query("SELECT * FROM ${other} WHERE id = $1", id))`,
				],
			);
		case "deploy-memory":
			return code(random.pick([`${noun}: keep ${other} in memory`, `perf: cache ${noun} by ${other}`]), [
				"-private final Cache cache = lru(500)",
				`+private static final Map cache = new HashMap() // ${other}`,
				"+cache.put(key, value)",
			]);
		case "image-unavailable":
			return setting(`release ${noun} from the new registry`, [
				`-image: registry.example/${noun}:${random.hex(7)}`,
				`+image: registry-new.example/${noun}:${random.hex(7)}`,
			]);
		case "pool-exhausted":
			return setting(random.pick([`config: ${noun} pool size`, `tune ${noun} database settings`]), ["-maxPoolSize: 20", "+maxPoolSize: 2"]);
		case "deadline-too-short":
			return setting(random.pick([`config: tighter deadlines for ${noun}`, `${noun}: fail fast`]), ["-timeoutMs: 3000", "+timeoutMs: 30"]);
		case "probe-failing":
			return setting(`config: probe of ${noun}`, [
				"-livenessProbe: {timeoutSeconds: 5, failureThreshold: 5}",
				"+livenessProbe: {timeoutSeconds: 1, failureThreshold: 1}",
			]);
		case "permission-denied":
			return setting(`rotate credentials of ${noun}`, [`-secretName: ${noun}-credentials`, `+secretName: ${noun}-credentials-v2`]);
		default:
			return setting(random.pick([`config: ${noun} endpoint`, `${noun}: settings for ${other}`]), [
				`-${noun}.endpoint: http://${other}.internal:8080`,
				`+${noun}.endpoint: http://${other}.internal:8008`,
				`-${noun}.mode: strict`,
				`+${noun}.mode: ${words.word()}`,
			]);
	}
}
