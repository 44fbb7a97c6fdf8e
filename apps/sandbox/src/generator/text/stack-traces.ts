import type { Random } from "../random.ts";
import type { Language } from "../system/model.ts";
import { camel } from "./vocabulary.ts";

/** An exception of a program: its type, its message and where it was thrown. */
export interface Thrown {
	type: string;
	message: string;
	stack: string[];
	file: string;
	method: string;
}

const TYPES: Record<Language, readonly (readonly [string, string])[]> = {
	java: [
		["java.lang.NullPointerException", 'Cannot invoke "{Noun}.get{Field}()" because "{noun}" is null'],
		["java.lang.IllegalStateException", "{noun} is already closed"],
		["java.lang.ArrayIndexOutOfBoundsException", "Index 4 out of bounds for length 4"],
		["java.lang.NumberFormatException", 'For input string: "{field}"'],
		["java.util.NoSuchElementException", "No value present"],
	],
	go: [
		["panic", "runtime error: invalid memory address or nil pointer dereference"],
		["panic", "runtime error: index out of range [3] with length 3"],
		["error", 'strconv.Atoi: parsing "{field}": invalid syntax'],
		["panic", "assignment to entry in nil map"],
	],
	python: [
		["KeyError", "'{field}'"],
		["AttributeError", "'NoneType' object has no attribute '{field}'"],
		["TypeError", "unsupported operand type(s) for +: 'int' and 'str'"],
		["ZeroDivisionError", "division by zero"],
		["ValueError", "could not convert string to float: '{field}'"],
	],
	node: [
		["TypeError", "Cannot read properties of undefined (reading '{field}')"],
		["TypeError", "{noun}.{field} is not a function"],
		["RangeError", "Invalid array length"],
		["ReferenceError", "{field} is not defined"],
	],
};

/** Draws an exception of a program in a language, in code that deals in `noun`. */
export function drawThrown(random: Random, language: Language, company: string, noun: string, field: string): Thrown {
	const [type, pattern] = random.pick(TYPES[language]);
	const message = pattern
		.replaceAll("{Noun}", camel(noun))
		.replaceAll("{noun}", noun)
		.replaceAll("{Field}", camel(field))
		.replaceAll("{field}", field);
	const line = random.int(18, 340);
	const verb = random.pick(["resolve", "apply", "merge", "build", "load", "total", "convert"]);
	if (language === "java") {
		const cls = `com.${company}.${noun}.${camel(noun)}${random.pick(["Service", "Mapper", "Resolver"])}`;
		const file = `${cls.split(".").at(-1)}.java`;
		const frames = [
			`\tat ${cls}.${verb}${camel(field)}(${file}:${line})`,
			`\tat com.${company}.${noun}.${camel(noun)}Controller.handle(${camel(noun)}Controller.java:${random.int(30, 90)})`,
			"\tat org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1089)",
		];
		return {
			type,
			message,
			stack: [`${type}: ${message}`, ...frames],
			file: `src/main/java/${cls.replaceAll(".", "/")}.java`,
			method: `${verb}${camel(field)}`,
		};
	}
	if (language === "go") {
		const file = `internal/${noun}/${verb}.go`;
		const frames = [
			"goroutine 482 [running]:",
			`${company}/${noun}.${camel(verb)}${camel(field)}(0xc000${random.hex(6)})`,
			`\t/app/${file}:${line} +0x1f4`,
			`${company}/${noun}.(*Server).handle(...)`,
			`\t/app/internal/${noun}/server.go:${random.int(30, 120)}`,
		];
		return { type, message, stack: [`${type}: ${message}`, ...frames], file, method: `${camel(verb)}${camel(field)}` };
	}
	if (language === "python") {
		const file = `${noun}/${verb}.py`;
		const frames = [
			"Traceback (most recent call last):",
			`  File "/app/${noun}/views.py", line ${random.int(20, 90)}, in handle`,
			`    return ${verb}_${field}(${noun})`,
			`  File "/app/${file}", line ${line}, in ${verb}_${field}`,
			`    value = ${noun}["${field}"]`,
		];
		return { type, message, stack: [...frames, `${type}: ${message}`], file, method: `${verb}_${field}` };
	}
	const file = `src/${noun}/${verb}.js`;
	const frames = [
		`    at ${verb}${camel(field)} (/app/${file}:${line}:${random.int(5, 40)})`,
		`    at handle (/app/src/${noun}/router.js:${random.int(12, 80)}:11)`,
		"    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
	];
	return { type, message, stack: [`${type}: ${message}`, ...frames], file, method: `${verb}${camel(field)}` };
}
