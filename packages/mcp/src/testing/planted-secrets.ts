import { seededRandom } from "@faultline/contracts";

export interface PlantedSecret {
	kind: string;
	/** A line as a program would write it. */
	text: string;
	/** The part of it that nobody may see. */
	secret: string;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
type Draw = (length: number, alphabet?: string) => string;

/** Each kind: the secret, and the line that holds it. Drawn and not written down, so that no scanner takes this file for a leak. */
const KINDS: Record<string, (draw: Draw) => [secret: string, line: (secret: string) => string]> = {
	jwt: (d) => [`eyJ${d(20)}.${d(40)}.${d(30)}`, (s) => `session ${s} expired`],
	"aws key id": (d) => [`AKIA${d(16, LETTERS.slice(0, 26) + DIGITS)}`, (s) => `signed by ${s}`],
	"aws secret key": (d) => [d(40), (s) => `aws_secret_access_key=${s}`],
	"github token": (d) => [`ghp_${d(36)}`, (s) => `push with ${s} refused`],
	"github fine-grained token": (d) => [`github_pat_${d(60)}`, (s) => `clone ${s}`],
	"slack token": (d) => [`xoxb-${d(12, DIGITS)}-${d(24)}`, (s) => `slack said no to ${s}`],
	"slack webhook": (d) => [`${d(9)}/${d(9)}/${d(24)}`, (s) => `post https://hooks.slack.com/services/${s}`],
	"grafana token": (d) => [`glsa_${d(32)}`, (s) => `grafana ${s}`],
	"gitlab token": (d) => [`glpat-${d(20)}`, (s) => `runner ${s} gone`],
	"sentry token": (d) => [`sntrys_${d(60)}`, (s) => `upload by ${s}`],
	"npm token": (d) => [`npm_${d(36)}`, (s) => `publish ${s}`],
	"vault token": (d) => [`hvs.${d(40)}`, (s) => `lease of ${s}`],
	"payment key": (d) => [`sk_live_${d(24)}`, (s) => `charge with ${s}`],
	"webhook secret": (d) => [`whsec_${d(32)}`, (s) => `verify ${s}`],
	"model key": (d) => [`sk-${d(48)}`, (s) => `completion by ${s}`],
	"google key": (d) => [`AIza${d(35)}`, (s) => `maps ${s}`],
	"google access token": (d) => [`ya29.${d(60)}`, (s) => `storage ${s}`],
	"mail key": (d) => [`SG.${d(22)}.${d(43)}`, (s) => `mail ${s}`],
	"password in a URL": (d) => [d(16), (s) => `connect postgres://app:${s}@db.example:5432/shop`],
	"token in a URL": (d) => [d(32), (s) => `fetch https://${s}@git.example/repo`],
	bearer: (d) => [d(40), (s) => `Authorization: Bearer ${s}`],
	basic: (d) => [d(24), (s) => `authorization=Basic ${s}`],
	password: (d) => [d(14), (s) => `login with password=${s} failed`],
	"quoted password": (d) => [d(14), (s) => `{"user":"app","password":"${s}"}`],
	"client secret": (d) => [d(32), (s) => `client_secret=${s}&grant_type=x`],
	"api key": (d) => [d(32), (s) => `api_key: ${s}`],
	"access token": (d) => [d(32), (s) => `GET /v1?access_token=${s} 401`],
	"session id": (d) => [d(32), (s) => `session_id=${s} unknown`],
	"private key": (d) => [d(64), (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----`],
	"e-mail address": (d) => [`${d(8)}@${d(8, LETTERS.slice(26))}.example.com`, (s) => `mail to ${s} bounced`],
	"card number": (d) => [cardNumber(d(14, DIGITS)), (s) => `card ${s} declined`],
};

/** Secrets and personal data, so many of each kind; the same every time. */
export function plantedSecrets(ofEach = 7): PlantedSecret[] {
	const random = seededRandom(7);
	const draw: Draw = (length, alphabet = LETTERS + DIGITS) =>
		Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
	return Object.entries(KINDS).flatMap(([kind, make]) =>
		Array.from({ length: ofEach }, () => {
			const [secret, line] = make(draw);
			return { kind, text: line(secret), secret };
		}),
	);
}

/** 16 digits that begin as a card's do, with the check digit of Luhn's formula. */
function cardNumber(digits: string): string {
	const body = `4${digits}`;
	const sum = [...body].reduceRight((total, digit, i) => {
		const doubled = (body.length - i) % 2 === 1 ? Number(digit) * 2 : Number(digit);
		return total + (doubled > 9 ? doubled - 9 : doubled);
	}, 0);
	return `${body}${(10 - (sum % 10)) % 10}`;
}
