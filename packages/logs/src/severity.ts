import { severityOf } from "@faultline/contracts";

/** A level as loggers write it, near the line's beginning: "[ERROR]", "WARN:", "level=error", "<3>", "E0619 09:00:00". */
const BRACKETED =
	/[[(|<]\s{0,4}(trace|debug|info|information|notice|warn|warning|error|err|severe|crit|critical|alert|emerg|fatal|panic)\s{0,4}[\])|>]/i;
const LOUD =
	/(?<![A-Za-z0-9_.-])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRIT|CRITICAL|ALERT|EMERG|FATAL|PANIC)(?![A-Za-z0-9_.-]|\s?=)/;
const NAMED = /(?<![A-Za-z0-9_])"?(?:level|lvl|severity|loglevel|log\.level|levelname)"?\s?[=:]\s?"?([A-Za-z]{1,12})"?/i;
const PREFIX = /^(trace|debug|info|notice|warn|warning|error|err|critical|fatal|panic)\s?[:\]|-]/i;
const KLOG = /^([IWEF])\d{4} \d{2}:\d{2}:\d{2}/;
/** Python's "ValueError: ...", Java's "java.io.IOException: ...", Go's "panic: ..." at the beginning of a record or after a colon. */
const EXCEPTION = /(?:^|[\s:"'(])(?:[A-Za-z_$][\w$.]{0,200}(?:Exception|Error)(?=[:\s"')]|$)|panic: |Traceback \(most recent call last\))/;
const FAILED =
	/(?<![A-Za-z-])(?:failed|failure|cannot|could not|unable to|refused|timed out|timeout|denied|unreachable|out of memory|OOMKilled|segfault|segmentation fault|aborted)(?![A-Za-z-])/i;
const NEGATED = /(?<![A-Za-z])(?:no|0|zero|without) (?:error|failure)s?(?![A-Za-z])|(?:errors?|failures?|failed)\s?[=:]\s?0(?![\d.])/i;
const HEAD = 400;

/**
 * OpenTelemetry's SeverityNumber of a raw line (1-24), from the level its logger wrote, else 17 for a stack trace's first line, else 13 where
 * the words speak of a failure, else 0. Only the first 400 characters are looked at.
 */
export function inferSeverity(line: string): number {
	const head = line.slice(0, HEAD);
	const level = (KLOG.exec(head) ?? NAMED.exec(head) ?? BRACKETED.exec(head) ?? LOUD.exec(head) ?? PREFIX.exec(head))?.[1];
	const severity = severityOf(level);
	if (severity > 0) return severity;
	if (EXCEPTION.test(head)) return 17;
	return FAILED.test(head) && !NEGATED.test(head) ? 13 : 0;
}
