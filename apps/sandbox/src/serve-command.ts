import { parseArgs } from "node:util";
import { AppError } from "@faultline/contracts";
import { FAULT_MODES, type PlannedFault, parseFault } from "./faults.ts";
import { type SandboxOptions, UPSTREAMS } from "./sandbox.ts";

export const HELP = `usage: sandbox serve --capture DIR [options]
       sandbox generate --out DIR [options]    # synthetic incidents; see sandbox generate --help
       sandbox realism --real DIR --generated DIR    # how like recorded captures generated ones are

Serves a capture as four upstream APIs on loopback: Kubernetes, Sentry, CloudWatch (logs and metrics), Grafana with Prometheus.
When they are ready, one line of JSON with their URLs goes to standard output; Ctrl-C ends it.

options
  --capture DIR             the capture folder (holds capture.json)
  --time original|now       keep the recorded times (default), or move them so that the incident ends now
  --config-out DIR          write DIR/faultline.yaml and DIR/kubeconfig that point at the four APIs
  --host HOST               where to listen (default 127.0.0.1)
  --kubernetes-port N       likewise --sentry-port, --cloudwatch-port, --grafana-port; 0 takes a free one (default)
  --fail SOURCE=MODE[@S]    break a source, S seconds after the start: ${FAULT_MODES.filter((m) => m !== "ok").join(", ")}, or ok to mend it; repeatable
  --help

examples
  sandbox serve --capture ./incident --config-out /tmp/sandbox
  sandbox serve --capture ./incident --time now --grafana-port 3000
  sandbox serve --capture ./incident --fail sentry=refuse --fail grafana=hang@5 --fail grafana=ok@20
`;

export interface ServeCommand {
	capture: string;
	options: SandboxOptions;
}

const PORT_FLAGS = ["kubernetes-port", "sentry-port", "cloudwatch-port", "grafana-port"] as const;

/**
 * The command line of `sandbox serve`; undefined where help was asked for.
 *
 * @throws AppError BAD_INPUT for anything that is not understood
 */
export function parseServe(args: readonly string[]): ServeCommand | undefined {
	const { values, positionals } = parse(args);
	if (values.help) return undefined;
	const wrong = (text: string) => new AppError("BAD_INPUT", text, { hint: "sandbox serve --help" });
	if (positionals.length !== 1 || positionals[0] !== "serve") throw wrong(`unknown command "${positionals.join(" ")}"`);
	if (!values.capture) throw wrong("--capture DIR is missing");
	if (values.time !== "original" && values.time !== "now") throw wrong(`--time is "${values.time}", not original or now`);
	const ports: NonNullable<SandboxOptions["ports"]> = {};
	for (const [i, flag] of PORT_FLAGS.entries()) {
		const port = Number(values[flag]);
		if (!Number.isInteger(port) || port < 0 || port > 65535) throw wrong(`--${flag} is "${values[flag]}", not a port`);
		ports[UPSTREAMS[i] ?? "grafana"] = port;
	}
	const faults = values.fail.map((text): PlannedFault => {
		const fault = parseFault(text, UPSTREAMS);
		if (!fault) throw wrong(`--fail is "${text}", not SOURCE=MODE[@SECONDS]`);
		return fault;
	});
	const options: SandboxOptions = { time: values.time, host: values.host, ports, faults };
	return {
		capture: values.capture,
		options: values["config-out"] === undefined ? options : { ...options, configOut: values["config-out"] },
	};
}

function parse(args: readonly string[]) {
	const port = { type: "string", default: "0" } as const;
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				capture: { type: "string" },
				time: { type: "string", default: "original" },
				host: { type: "string", default: "127.0.0.1" },
				"config-out": { type: "string" },
				"kubernetes-port": port,
				"sentry-port": port,
				"cloudwatch-port": port,
				"grafana-port": port,
				fail: { type: "string", multiple: true, default: [] },
				help: { type: "boolean", short: "h", default: false },
			},
		});
	} catch (error) {
		throw new AppError("BAD_INPUT", error instanceof Error ? error.message : "the arguments were not understood", {
			hint: "sandbox serve --help",
		});
	}
}
