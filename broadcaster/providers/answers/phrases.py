"""The words of mail servers that tell what an answer is about: a table of patterns over plain English. Pure.

Read before this was written, and not used:

- flufl.bounce 6.0.0 (Apache-2.0) finds the addresses in a bounce and tells lasting from passing failures, but not what
  a failure is about: it calls a blocklist's refusal permanent as it does a dead mailbox. Our return path names the
  delivery already, so that the addresses are of no use.
- Sisimai's tables (BSD-2-Clause) sort answers into some thirty reasons. They are Perl, Go and Ruby, none is on PyPI, and
  the first table that matches wins: there a doubtful answer becomes "userunknown" as easily as anything else, where we
  must lean the other way.
- zone-mta's list (EUPL-1.2) has forms of one server each, in JavaScript's expressions, and a licence that ours cannot
  take in.

All three are what `bench.bounces` measures this table against.
"""

import re
from enum import Enum, auto


class Sign(Enum):
    """What words speak of. The order is that of `reading.MILDEST`, the mildest first."""

    BLOCKLISTED = auto()  # our server is on a blocklist, or of bad repute
    AUTHENTICATION = auto()  # SPF, DKIM, DMARC
    REVERSE_NAME = auto()  # our server's name, PTR, greeting
    RATE = auto()  # too much at once, try later
    CONTENT = auto()  # spam, virus, what the letter holds
    SENDER = auto()  # the address that it is from
    RELAY = auto()
    TLS = auto()
    SIZE = auto()
    FORM = auto()  # against a rule of the protocol
    POLICY = auto()  # some rule of theirs, an unnamed one
    SYSTEM = auto()  # what is the matter with a server on the way
    FULL = auto()
    ASLEEP = auto()  # suspended for a while
    CLOSED = auto()  # the mailbox is switched off for good
    NO_ROUTE = auto()  # the domain's servers are not found or not reached
    NO_DOMAIN = auto()
    NO_USER = auto()


# Who has an address there. No other noun may stand before "unknown" or "not found": servers, domains, files have words
# of their own below.
_WHO = (
    r"(?:users?(?:[ -]?(?:name|id))?|recipients?|recipient names?|mail ?box(?:es)?|mail-box|accounts?|address(?:ee)?(?:es)?"
    r"|alias|person|customer|subscriber|receiver|rcpt|login|user account|email|e-mail)"
)
_SAME = r"(?:[^.;]|\.(?=\S)){0,60}?"  # within one sentence
_NEAR = r"(?:(?!\ssaid\b)(?:[^.;:]|[.:](?=\S))){0,50}?"  # and before whatever another server said

_PATTERNS: dict[Sign, str] = {
    Sign.BLOCKLISTED: rf"""
        (?:block|black|deny|reject)[ -]?list | \b(?:dnsbls?|rbls?|rhsbl|uribl|surbl|dnswl|s5h)\b
        | spamhaus | spamcop | sorbs\b | barracuda | senderbase | senderscore | invaluement | hostkarma | junkemailfilter
        | cloudmark | proofpoint | talos | trustedsource | sender ?base | backscatter | uceprotect | abuseat
        | (?<!not\ )\blisted\ (?:at|by|in|on|as|with)\b(?!\ (?:the\ )?(?:public|domino|directory|address)) | \bis\ listed\b
        | reputation | \bbad\ (?:ip|host|sender)\b | \bbanned\b
        | \b(?:ips?|hosts?|ip\ address(?:es)?|networks?|mta|client\ host|country|isp|(?:your|sending|remote)\ (?:server|domain|system))\b
            {_NEAR}\b(?:blocked|denied|refused|rejected|not\ allowed|not\ welcome|not\ accepted|dynamic|residential)\b
        | \bblocked\b | \bblocking\ (?:mail|e-mail|email|messages|your) | \bspammers?\b | \bspam\ sources?\b
        | \bdial-?up\b | \bdynamic\b | \bgeo-?ip\b | \bblock\ list\b | \bip[=:]\ ?\d | \bopen\ (?:relay|proxy)\b | \bgreylist\ exempt
    """,
    Sign.AUTHENTICATION: r"""
        \bspf\b | \bdkim\b | \bdmarc\b | domainkeys? | \bsender[ -]?id\b | \bunauthenticated\b | anti-?spoof | \bspoof
        | \bnot\ authenticated\b | authenticat(?:ion|ed)\ (?:check|fail|result|required) | \bnot\ (?:an?\ )?authori[sz]ed\ (?:sender|to\ (?:send|use))
        | \bdesignat(?:e|ed)\b.{0,40}\bsender | \bforge(?:d|ry)\b
    """,
    Sign.REVERSE_NAME: r"""
        \bptr\b | \brdns\b | \breverse\b | \binverse\b | \bhelo\b | \behlo\b | \bfqdn\b | \bfcrdns\b
        | \bip\ name\ lookup | \bname\ lookup\ failed | \bcannot\ (?:find|resolve)\ your | \byour\ (?:host|server)?\ ?name
        | \bdns\ (?:check|record|entry|entries|name)s?\b.{0,40}\b(?:sender|your|client|sending|ip)\b | \bnot\ have\ a\ (?:valid\ )?dns
        | \bunresolvable\b | \bgeneric\ (?:host|dns|name) | \bmismatch\w*\ client
    """,
    Sign.RATE: r"""
        \brates?\b | \brate[ -]?limit | \btoo\ (?:many|fast|frequent|quick|often)\b(?!\ (?:hops|received)) | \bthrottl | \bfrequency\b
        | \b(?:try|tried|retry|come\ back|send)\ (?:again\ )?(?:later|in\ \d|after) | \bplease\ (?:try\ again|retry)$ | \bgr[ea]ylist | \btempora(?:ry|rily)\b(?!\ (?:disabled|suspended|locked|inactive))
        | \b(?:hourly|daily|per\ (?:hour|day|minute|second|connection))\b | \b(?:sending|connection|message|recipient|concurrency|messaging)\ limit
        | \b(?:volume|unusual)\b | \blimit\ (?:exceeded|reached) | \bexceed(?:ed|s|ing)\ (?:the\ |your\ )?(?:max(?:imum)?\ )?(?:number|hourly|daily|sending|rate|mail\ limit)
        | \bdeferred\b | \bresources\ temporarily | \bslow\ down
    """,
    Sign.CONTENT: r"""
        \bspam(?!\ ?(?:haus|cop))\w* | \bjunk\b | \bunsolicited\b | \bbulk\b | \bu[cb]e\b | \bvirus(?:es)?\b | \bmalware\b | \bworm\b | \btrojan\b
        | \binfected\b | \bphish | \bmalicious\b | \bdangerous\b | \bcontent\b(?!-) | \battachments?\b.{0,40}\b(?:not|reject|refus|block|prohibit|type|allow|accept) | \b(?:accept|allow)\w*\b.{0,30}\battachment | \bobjectionable\b | \bprofan
        | \bfilter(?:ed|s|ing)?\b | \bscan(?:ned|ner|ning)?\b | \burls?\ (?:in|listed) | \bsuspicio | \bsuspected\b | \babus(?:e|ive)\b | \bscam\b
        | \bquarantin | \bunwanted\b | \bmailscanner\b | \bmessage\ (?:was\ |has\ been\ |is\ )?(?:rejected|refused|blocked|denied|discarded)\b
        | \btransaction\ (?:rejected|refused)\b | \bmatch(?:es|ed)?\ a\ (?:rule|profile) | \bblocked\ (?:by|for|due|because|using)
    """,
    Sign.SENDER: r"""
        \bsender\b(?!\ and\b) | \breturn[ -]?path\b | \bmail\ ?from\b | \bbadmailfrom\b | \bmailfrom\b | \bcall(?:out|back)\b
        | \bverif(?:y|ication)\b(?!\ the\ (?:address|recipient|email)) | \byour\ (?:e-?mail\ )?address\b | \bfrom\ (?:address|header|field|domain)
        | \bresent-from\b | \breply-to\b | \bfrom\ you\b | \bfrom\ your\b 
        | \b(?:accept|reject|refus|block|den[yi]|allow|like)\w*\b.{0,20}\b(?:e-?mails?|messages?)\ from\b | \bmessages?\ from\b.{0,60}\b(?:reject|refus|block|den)
        | \bfrom:(?!\ <>)(?=\s|$) | \bvalid\ from\b | \binvalid\ ip\b | \bsending\ mail\ (?:of|for)\b
    """,
    Sign.RELAY: r"""
        \brelay(?:ing|ed)?\b(?!\ (?:recipient|domains?\ table)|=) | \brcpt ?hosts\b | \bgateway(?:ing)?\b(?!\ (?:for|time))
        | \bnot\ (?:a\ |an\ |my\ |our\ )?(?:local\ )?(?:host|gateway|open)\b | \bwe\ do\ not\ (?:host|handle|serve)
        | \bauthentication\ (?:is\ )?required | \bmust\ (?:authenticate|log\ ?in|check) | \bcheck\ for\ new\ mail | \bpop\ before
    """,
    Sign.TLS: r"\btls\b | \bstarttls\b | \bssl\b | \bencrypt | \bcertificates?\b",
    Sign.SIZE: r"""
        \btoo\ (?:large|big|long|huge)\b | \b(?:message|mail|e-?mail|file|attachment|body)\ size\b | \bsize\ (?:limit|exceed|of)
        | (?<!mailbox\ )\bexceed\w*\ .{0,30}\bsize\b | \bsize\b.{0,30}\bexceed | \bmax(?:imum)?\ (?:\w+\ ){0,3}size\b | \blarger\ than
        | \bfixed\ maximum\b | \boversized?\b | \bmessage\ (?:file\ )?too\b | \bmessage\ (?:is\ )?exceed
    """,
    Sign.FORM: r"""
        (?<!address\ )\bsyntax\b | \bprotocol\b | \bbare\ (?:lf|cr)\b | \b8-?bit\b | \bnot\ (?:comply|compliant|conform)|\brfc\ ?\d{3,4} | \bmalformed\b(?!\ address)
        | \b(?:invalid|duplicate|bad|multiple|missing|illegal)\ (?:\S+\ )?(?:field|header)s?\b | \bno\ \S+\ field\b | \bmime\b.{0,30}\b(?:error|invalid|broken|bad|wrong) | \bnul\ characters? | \binvalid\ characters? | \bno\ (?:date|subject|from)\b | \b(?:unknown|unsupported|invalid)\ charset\b
        | \bmessage-id\b | \bline\ (?:length|too) | \bmissing\b.{0,20}\b(?:date|from|subject|header) | \bdata\ format | \b(?:bad|improper)\ sequence | \bunrecognized\ command
    """,
    Sign.POLICY: r"""
        \bpolic(?:y|ies)\b | \brequires\ confirmation\b | \bautoris | \bberechtigt | \bmail\ rejected\b | \bprohibited\b | \brestrict | \bpermi(?:t|ssion) | \bnot\ permitted\b | \bnot\ allowed\b | \bdisallow
        | \bnot\ (?:been\ )?authori[sz]ed\b | \baccess\ denied\b | \bdenied\b | \bdenial\b | \bsecurity\b | \badministrative(?:ly)?\b
        | \bmoderat(?:ed|or|ion)\b | \bmembers[ -]?only\b | \bnon-?members?\b | \brule\b | \bwhite ?list | \bsafe ?list | \ballow ?list
        | (?<!system\ )\bnot\ accept(?:ing|ed)?\b.{0,30}\b(?:mail|e-?mail|messages?) | \bdoes\ not\ accept | \bdon'?t\ accept | (?<!system\ )\bnot\ accepting
        | \bunacceptable\b | \brejected\ (?:by|due|for|on|as)\b | \brefused\ (?:by|due|for)\b | \bnot\ like\ (?:your|the\ sender) | \brefuses\ to\ accept
        | \bconsidered\b | \bbounced\ by\ admin | \bdoes\ not\ wish | \bchallenge\b | \bonly\ accepts?\b | \bnot\ wanted\b | \bno\ thanks\b
    """,
    Sign.SYSTEM: r"""
        \bloop(?:s|ing|ed)?\b | \btoo\ many\ (?:hops|received) | \bhop\ count | \bmaximum\ hop | \b(?:internal|local|server|system|processing)\ (?:server\ )?(?:error|fault)
        | \b(?:unable\ to|cannot|can't|could\ not|couldn't)\ (?:open|create|write|execute|append|fork|access|lock) | \bi/o\ error
        | \b(?:mis|not\ )?-?\ ?configur(?:ed|ation)\ (?:error|problem|incorrect)|\bmisconfigur | \bsystem\ not\ accepting | \bcommand\ (?:died|not)|\bbroken\ pipe | \bservice\ (?:currently\ )?(?:not\ available|unavailable)
        | \bsystem\ (?:full|busy|load) | \binsufficient\ (?:system|memory|resources) | \bout\ of\ memory
        | \bmailer\ error | \bpipe\b | \bexit\ status | \bsegmentation | \bsource\ tree | \bnot\ implemented | \bmaintenance\b | \binsufficient\ system
    """,
    Sign.FULL: r"""
        \b(?:over|exceed\w*|out\ of|exceeding|above|full)\b.{0,40}\b(?:quota|storage|allocation|disk\ space|disk) | \bquota\b | \boverquota\b
        | \b(?:mail ?box|mail ?folder|inbox|mail ?drop|maildir|folder|account|spool|mail\ box|message\ store)\b.{0,40}\b(?:full|exceed|limit|not\ enough\ space|too\ much\ mail)
        | \bfull\ (?:mail ?box|inbox) | \bis\ full\b | \b(?:insufficient|not\ enough|no)\ (?:disk\ |storage\ |free\ )?(?:space|storage)
        | \bspace\ not\ enough | \bspace\ limit | \btoo\ much\ mail | \bstorage\ (?:limit|allocation|space) | \btoo\ many\ messages\ (?:in|on)\b | \bdisk\ (?:full|space)
        | \bmail ?box\b.{0,30}\b(?:size|exceed\w*)\b | \bnot\ enough\ room
    """,
    Sign.ASLEEP: r"""
        \bsuspend(?:ed)?\b | \btemporarily\ (?:disabled|locked|inactive|blocked) | \bon\ hold\b | \bfrozen\b | \bvacation\b
    """,
    Sign.CLOSED: rf"""
        \b{_WHO}\b{_SAME}\b(?:inactive|disabled|deactivated|closed|discontinued|terminated|cancell?ed|deleted|removed|(?:has\ |is\ )expired|dormant|not\ active|no\ longer\ active|is\ locked|decommissioned)\b
        | \b(?:inactive|disabled|deactivated|closed|deleted|expired|dormant)\ (?:\w+\ )?{_WHO}\b | \bdisabled\ or\ discontinued
        | \bnot\ been\ collected\b | \bhas\ left\b
    """,
    Sign.NO_ROUTE: r"""
        \btimed?[ -]?out\b | \btime[ -]expired | \bunreachable\b | \bconnection\ (?:refused|reset|dropped|failed|lost|closed) | \bnot\ (?:be\ )?(?:reachable|reached)\b(?!:) | \b(?:can'?t|couldn'?t|cannot|could\ not|unable\ to|wasn'?t\ able\ to)\ (?:connect|reach|establish|route|find\ (?:any|a)\ (?:route|gateway))
        | \bno\ (?:answer|response|route|connection)\b | \bnot\ respond | \bnetwork\ (?:problem|error|is)|\bhost\ (?:is\ )?down | \bqueue\ too\ long | \bin\ the\ queue
        | \bretry\ time(?:out)? | \bdelivery\ (?:time|attempts?)\b.{0,30}\b(?:expired|exceeded|exhausted) | \bmaximum\ (?:delivery|retry|time) | \b(?:message|envelope)\ expired | \bname\ (?:server|service)\ (?:error|fail|timeout|not)(?!.{0,200}\bhost\ not\ found(?!,?\ try)) | \bdns\ (?:error|timeout)(?!.{0,200}\bnxdomain\b)
        | \blookup\ failure(?!:\ host\ \S+\ not\ found) | \bserver\ unavailable | \btoo\ long\b(?=.{0,20}queue)
    """,
    Sign.NO_DOMAIN: r"""
        \b(?:unknown|no\ such|non-?existent|invalid|bad|illegal)\ (?:mail\ )?(?:destination\ |recipient\ )?(?:host|domain|destination\ system)(?:\ name)?\b(?!\ of\ sender)
        | \b(?:host|domain)\b(?:\ name|\ or\ domain)?(?:\ \S{1,80})?\ (?:is\ )?(?:unknown|does\ not\ exist|doesn'?t\ exist|not\ exist(?:ing)?|not\ found|non-?existent)\b(?!,?\ (?:try|for\ sender))
        | \bhost\ not\ found\b(?!,?\ try) | \bunrout(?:e)?able\ (?:mail\ domain|address|domain) | \bnxdomain\b | \bname\ or\ service\ not\ known | \bno\ mx\b | \bnull\ ?mx\b | \bnullmx\b | \bcouldn'?t\ find\ any\ host
        | \bdoes\ not\ accept\ mail\b.{0,30}\bnullmx | \bhost\ or\ domain\ name\ not\ found | \bno\ host\ found | \ball\ relevant\ mx\ records
    """,
    Sign.NO_USER: rf"""
        \b(?:unknown|invalid|unrecogni[sz]ed|non-?exist[ae]nt|no\ such|not\ a\ (?:known|valid)|not\ known|illegal|undefined|unprovisioned|bad(?:\ destination)?|wrong|no\ valid|not\ our|incorrect)
            \ (?:local\ |email\ |e-mail\ |mail\ |final\ delivery\ |or\ illegal\ |delivery\ |virtual\ |destination\ |internet\ |smtp\ |account\ or\ )*{_WHO}\b
        | \b{_WHO}\b{_SAME}\b(?:is\ |are\ |was\ |were\ )?(?:unknown|not\ (?:be\ )?found|not\ known|not\ exists?\b|not\ exist\b|not\ listed|not\ recogni[sz]ed|not\ valid|non-?exist[ae]nt|n[o']t\ have\ an?\b|no\ longer\ (?:valid|here|exists?|available|on\ server|with\ us|in\ use|employed)|unrecogni[sz]ed|unprovisioned|doesn'?t\ exist|isn'?t\ (?:known|valid|exist)|dosn'?t\ exist)
        | \bno\ (?:mail ?box|mail\ box|such|user|account|recipient|valid\ (?:recipient|user))s?\b.{{0,30}}\b(?:here|by\ that|by\ this|of\ that|with\ that|found|available|name|exist|person|one)\b
        | \bno\ such\ (?:person|mail ?drop|local\ user|smtp\ user|user|one|employee)\b | \bno\ mail ?box\b | \bno\ account\b | \bnobody\ (?:here|by)
        | \bdoes(?:n'?t|\ not)\ (?:have\ an?\ \S+\ account|exist\b) | \bdo\ not\ exist\b | \bnon-?exist[ae]nt\b | \bnot\ our\ customer | \bnot\ (?:a\ )?(?:known|valid)\ (?:user|recipient|address|mail ?box|account)
        | \brecipnotfound\b | \brecipientnotfound\b | \badr\.exrecipnotfound\b | \bunknown\ (?:in|or\ illegal|local[ -]part|to\ this|addressee|alias) | \buserunknown\b | \bbad_recipient\b | \bbadrcptto\b
        | \bdirectory\b.{{0,30}}\bnot\ list | \bnot\ listed\ in\b | \bnot\ in\ (?:our|the)\ (?:directory|address\ book|database)
        | \baddress\ (?:is\ )?(?:wrong|obsolete|invalid|incorrect|not\ valid) | \bmoved\b.{{0,40}}\baddress | \bnot\ an\ active\ address
        | \bdid\ not\ (?:exactly\ )?match\ an?\ \S+\ e?-?mail\ address | \bno\ matches\ to\b | \bunknown\ or\ not\ available | \buser\ not\ (?:local|known) | \bnot\ (?:a\ )?local\ (?:user|mail ?box)| \bdelivery\ point\b | \bnot\ (?:here|at\ this)\b
        | \bn'existe\ pas\b | \bempfaenger\ unbekannt\b | \bunbekannt\b | \bnie\ istnieje\b | \bno\ existe\b | \binconnu(?:e)?\b
    """,
}
_READ_AS = {sign: re.compile(pattern, re.VERBOSE) for sign, pattern in _PATTERNS.items()}

_ADDRESS = re.compile(r"""<?[^\s<>"'(]+@[^\s<>"':;,)]+>?""")
_URL = re.compile(r"\b(?:https?://|www\.)([\w.-]+)\S*")
_SEAMS = re.compile(r"(?:(?<=\s)|^)[245]\d\d[- ]+(?:#?[245]\.\d{1,3}\.\d{1,3}\s)?")
_LIMIT = 2000


def signs(words: str) -> frozenset[Sign]:
    """What the words of an answer speak of; of several things, all. Addresses are no words (a recipient whose name is "spam"
    is no spam), nor is what stands in a link behind its host.
    """
    plain = _URL.sub(r" \1 ", _ADDRESS.sub(" <> ", words[:_LIMIT]))
    plain = " ".join(_SEAMS.sub(" ", plain.replace("’", "'")).lower().split())
    return frozenset(sign for sign, pattern in _READ_AS.items() if pattern.search(plain))
