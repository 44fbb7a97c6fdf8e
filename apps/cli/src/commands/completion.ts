import type { Command, Option } from "commander";
import { InvalidArgumentError } from "commander";
import type { Session } from "../session.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export function register(program: Command, session: Session): void {
	program
		.command("completion")
		.description("a completion script: source <(faultline completion bash)")
		.argument("<shell>", SHELLS.join(", "), (text: string): Shell => {
			const shell = SHELLS.find((s) => s === text);
			if (shell === undefined) throw new InvalidArgumentError(`the shells are ${SHELLS.join(", ")}.`);
			return shell;
		})
		.action(async (shell: Shell) => session.write(SCRIPTS[shell](wordsOf(program))));
}

/** What can follow each command path ("", "logs", "logs group"): sub-commands and flags. */
interface Words {
	path: string;
	commands: { name: string; description: string }[];
	flags: { name: string; description: string; choices: readonly string[] }[];
}

function wordsOf(program: Command): Words[] {
	const walk = (command: Command, path: string): Words[] => [
		{
			path,
			commands: command.commands.map((c) => ({ name: c.name(), description: c.description() })),
			flags: [...command.options, ...(command === program ? [] : program.options)].flatMap(flagOf),
		},
		...command.commands.flatMap((c) => walk(c, path === "" ? c.name() : `${path} ${c.name()}`)),
	];
	return walk(program, "");
}

function flagOf(option: Option): Words["flags"] {
	return option.long === undefined || option.long === null
		? []
		: [{ name: option.long, description: option.description, choices: option.argChoices ?? [] }];
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const SCRIPTS: Record<Shell, (words: Words[]) => string> = {
	bash: (words) => `_faultline() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path="" word
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$word" in -*) ;; *) case "$path $word" in
${words
	.filter((w) => w.path !== "")
	.map((w) => `			${quote(w.path.includes(" ") ? w.path : ` ${w.path}`)}) path=${quote(w.path)} ;;`)
	.join("\n")}
		esac ;; esac
	done
	case "$prev" in
		--format) COMPREPLY=($(compgen -W "text json markdown html" -- "$cur")); return ;;
		--config|--output|--capture|--out) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	esac
	case "$path" in
${words.map((w) => `		${quote(w.path)}) COMPREPLY=($(compgen -W ${quote([...w.commands.map((c) => c.name), ...w.flags.map((f) => f.name)].join(" "))} -- "$cur")) ;;`).join("\n")}
	esac
}
complete -o default -F _faultline faultline
`,
	zsh: (words) => `#compdef faultline
autoload -U +X bashcompinit && bashcompinit
${SCRIPTS.bash(words)}`,
	fish: (words) =>
		`${words
			.flatMap((w) => {
				const condition = w.path === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${w.path.split(" ").at(-1)}`;
				return [
					...w.commands.map((c) => `complete -c faultline -f -n ${quote(condition)} -a ${quote(c.name)} -d ${quote(c.description)}`),
					...w.flags.map(
						(f) =>
							`complete -c faultline -n ${quote(condition)} -l ${f.name.slice(2)}${f.choices.length > 0 ? ` -x -a ${quote(f.choices.join(" "))}` : ""} -d ${quote(f.description)}`,
					),
				];
			})
			.join("\n")}
`,
};
