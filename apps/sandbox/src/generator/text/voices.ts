import type { Symptom } from "../faults/effects.ts";
import type { Random } from "../random.ts";
import type { Operation, SystemNode } from "../system/model.ts";
import { createDialect, type Dialect, type Level, loggerName } from "./dialects.ts";
import { CALLER_LINES, OWN_LINES } from "./failure-lines.ts";
import { drawThrown, type Thrown } from "./stack-traces.ts";
import { capitalised, plural, type Vocabulary } from "./vocabulary.ts";

/** A line that is written again and again: its level, its words, and the fields that stand beside them. */
export interface Template {
	level: Level;
	logger: string;
	text: string;
	fields: readonly ("id" | "ms" | "count" | "status" | "user")[];
}

/** How one node logs: its manner, and what it has to say. */
export interface Voice {
	dialect: Dialect;
	/** What a run of an operation writes, first to last. */
	templates: ReadonlyMap<Operation, readonly Template[]>;
	/** Unasked lines, and how many of them a minute. */
	background: readonly (readonly [Template, number])[];
	/** What it writes where a call fails in a way; always the same words. */
	callerLine(symptom: Symptom): string;
	ownLine(symptom: Symptom): string | undefined;
	/** The exception that its code throws where it fails by itself; always the same one. */
	thrown: Thrown;
	/** The exception that it throws in health now and then. */
	usualThrown: Thrown;
	logger: string;
}

const DONE = [
	"{noun} {id} {verbed}",
	"{Verbed} {noun} {id}",
	"{verb} {noun} done",
	"{nouns} {verbed}",
	"handled {verb} of {noun} {id}",
	"{noun}: {verb} finished",
	"[{verb}][{Noun} {id}][success]",
];
const BEGUN = [
	"{verb} {noun} {id}",
	"received request to {verb} {noun}",
	"start to {verb} {nouns}",
	"{verb}ing {nouns} of {other}",
	"[{verb}][{Noun}] begin",
];
const BETWEEN = [
	"found {count} {nouns} for {other}",
	"{other} of {noun} {id} is {word}",
	"{noun} {id} has {count} {others}",
	"using {word} rule for {noun}",
	"{nouns} cached as {word}",
	"read {count} rows of {noun}",
	"{noun} state {word} to {word2}",
];
const VERBS: readonly (readonly [string, string])[] = [
	["load", "loaded"],
	["update", "updated"],
	["check", "checked"],
	["reserve", "reserved"],
	["quote", "quoted"],
	["render", "rendered"],
	["confirm", "confirmed"],
	["merge", "merged"],
	["fetch", "fetched"],
	["store", "stored"],
	["price", "priced"],
	["dispatch", "dispatched"],
];
const BACKGROUND: readonly (readonly [Level, string, number])[] = [
	["INFO", "refreshed {count} {nouns} from cache", 0.8],
	["INFO", "scheduled job {word} finished in {ms} ms", 0.3],
	["DEBUG", "heartbeat sent to {word}", 0.8],
	["INFO", "connection pool: active={count}, idle=4, waiting=0", 0.25],
	["WARN", "parameter '{word}' is deprecated, use '{other}'", 0.4],
	["WARN", "slow consumer of {nouns}: {ms} ms", 0.25],
	["WARN", "client closed the connection before the answer was sent", 0.3],
	["ERROR", "could not send metrics to collector: {word} unavailable", 0.2],
	["ERROR", "{noun} {id} not found", 0.35],
	["INFO", "GC young collection took {ms} ms", 0.3],
	["WARN", "token of session {id} is about to expire", 0.3],
	["WARN", "retrying {noun} export, attempt {count}", 0.15],
];

/** Levels of what is written once in an hour or so: the long tail of any log. */
const RARE: readonly (readonly [Level, number])[] = [
	["INFO", 12],
	["DEBUG", 3],
	["WARN", 2],
	["ERROR", 0.5],
];

/** Draws how a node logs. */
export function createVoice(random: Random, words: Vocabulary, node: SystemNode): Voice {
	const other = () => random.pick(words.entities);
	const fill = (text: string): string => fillWords(random, text, node.entity, other(), words.word);
	const logger = loggerName(random, node.language, words.company, node.entity);
	const template = (level: Level, text: string): Template => ({
		level,
		logger: random.chance(0.7) ? logger : loggerName(random, node.language, words.company, other()),
		text: fill(text),
		fields: random.shuffle(["id", "ms", "count", "status", "user"] as const).slice(
			0,
			random.weighted([
				[0, 4],
				[1, 3],
				[2, 2],
				[3, 1],
			]),
		),
	});
	const templates = new Map(
		node.operations.map((operation) => {
			const inner = Array.from(
				{
					length: random.weighted([
						[0, 4],
						[1, 4],
						[2, 2],
					]),
				},
				() => template(random.chance(0.06) ? "WARN" : "INFO", random.pick(BETWEEN)),
			);
			const begin = random.chance(0.5) ? [template("INFO", random.pick(BEGUN))] : [];
			return [operation, [...begin, ...inner, template("INFO", random.pick(DONE))]] as const;
		}),
	);
	const caller = new Map<Symptom, string>();
	const own = new Map<Symptom, string | undefined>();
	const kept = <K, V>(map: Map<K, V>, key: K, draw: () => V): V => {
		if (!map.has(key)) map.set(key, draw());
		return map.get(key) as V;
	};
	return {
		dialect: createDialect(random, node.language, node.name),
		templates,
		background: random
			.shuffle(BACKGROUND)
			.slice(0, random.int(1, 4))
			.map(([level, text, rate]) => [template(level, text), rate * random.between(0.5, 2)] as const)
			.concat(
				Array.from(
					{ length: random.int(2, 8) },
					() => [template(random.weighted(RARE), random.pick(BETWEEN)), random.between(0.01, 0.06)] as const,
				),
			),
		callerLine: (symptom) => kept(caller, symptom, () => random.pick(CALLER_LINES[symptom])),
		ownLine: (symptom) => kept(own, symptom, () => (OWN_LINES[symptom] === undefined ? undefined : fill(random.pick(OWN_LINES[symptom])))),
		thrown: drawThrown(random, node.language, words.company, node.entity, words.word()),
		usualThrown: drawThrown(random, node.language, words.company, other(), words.word()),
		logger,
	};
}

function fillWords(random: Random, text: string, noun: string, other: string, word: () => string): string {
	const [verb, verbed] = random.pick(VERBS);
	const words: Record<string, string> = {
		noun,
		nouns: plural(noun),
		Noun: capitalised(noun),
		verb,
		verbed,
		Verbed: capitalised(verbed),
		other,
		others: plural(other),
	};
	return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? (name.startsWith("word") ? word() : whole));
}
