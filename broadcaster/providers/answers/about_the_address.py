"""Patterns of answers about the address: full, switched off, not reached, unknown.

Verbose regular expressions over lower-case English; `topic_patterns` uses them.
"""

from broadcaster.providers.answers.answer_topics import AnswerTopic

# Who has an address there. No other noun may stand before "unknown" or "not found": servers, domains, files have words
# of their own.
_WHO = (
    r"(?:users?(?:[ -]?(?:name|id))?|recipients?|recipient\ names?|mail\ ?box(?:es)?|mail-box|accounts?|aliases"
    r"|address(?:ee)?(?:es)?|alias|person|customer|subscriber|receiver|rcpt|login|user\ account|e-?mail)"
)
_SAME = r"(?:[^.;]|\.(?=\S)){0,60}?"
"""Within one sentence."""

ABOUT_THE_ADDRESS: dict[AnswerTopic, str] = {
    AnswerTopic.FULL: r"""
        \b(?:over|exceed\w*|out\ of|exceeding|above|full)\b.{0,40}\b(?:quota|storage|allocation|disk\ space
            |disk) | \bquota\b | \boverquota\b
        | \b(?:mail\ ?box|mail\ ?folder|inbox|mail\ ?drop|maildir|folder|account|spool|mail\ box
            |message\ store)\b.{0,40}\b(?:full|exceed|limit|not\ enough\ space|too\ much\ mail)
        | \bfull\ (?:mail\ ?box|inbox) | \bis\ full\b
        | \b(?:insufficient|not\ enough|no)\ (?:disk\ |storage\ |free\ )?(?:space|storage) | \bspace\ not\ enough
        | \bspace\ limit | \btoo\ much\ mail | \bstorage\ (?:limit|allocation|space)
        | \btoo\ many\ messages\ (?:in|on)\b | \bdisk\ (?:full|space) | \bmail\ ?box\b.{0,30}\b(?:size|exceed\w*)\b
        | \bnot\ enough\ room
    """,
    AnswerTopic.ASLEEP: r"""
        \bsuspend(?:ed)?\b | \btemporarily\ (?:disabled|locked|inactive|blocked) | \bon\ hold\b | \bfrozen\b
        | \bvacation\b
    """,
    AnswerTopic.CLOSED: rf"""
        \b{_WHO}\b{_SAME}\b(?:inactive|disabled|deactivated|closed|discontinued|terminated|cancell?ed|deleted
            |removed|(?:has\ |is\ )expired|dormant|not\ active|no\ longer\ active|is\ locked|decommissioned)\b
        | \b(?:inactive|disabled|deactivated|closed|deleted|expired|dormant)\ (?:\w+\ )?{_WHO}\b
        | \bdisabled\ or\ discontinued | \bnot\ been\ collected\b | \bhas\ left\b
    """,
    AnswerTopic.NO_ROUTE: r"""
        \btimed?[ -]?out\b | \btime[ -]expired | \bunreachable\b
        | \bconnection\ (?:refused|reset|dropped|failed|lost|closed) | \bnot\ (?:be\ )?(?:reachable|reached)\b(?!:)
        | \b(?:can'?t|couldn'?t|cannot|could\ not|unable\ to|wasn'?t\ able\ to)\ (?:connect|reach|establish
            |route|find\ (?:any|a)\ (?:route|gateway)) | \bno\ (?:answer|response|route|connection)\b
        | \bnot\ respond | \bnetwork\ (?:problem|error|is) | \bhost\ (?:is\ )?down | \bqueue\ too\ long
        | \bin\ the\ queue | \bretry\ time(?:out)?
        | \bdelivery\ (?:time|attempts?)\b.{0,30}\b(?:expired|exceeded|exhausted)
        | \bmaximum\ (?:delivery|retry|time) | \b(?:message|envelope)\ expired
        | \bname\ (?:server|service)\ (?:error|fail|timeout|not)(?!.{0,200}\bhost\ not\ found(?!,?\ try))
        | \bdns\ (?:error|timeout)(?!.{0,200}\bnxdomain\b) | \blookup\ failure(?!:\ host\ \S+\ not\ found)
        | \bserver\ unavailable | \btoo\ long\b(?=.{0,20}queue)
    """,
    AnswerTopic.NO_DOMAIN: r"""
        \b(?:unknown|no\ such|non-?existent|invalid|bad|illegal)\ (?:mail\ )?(?:destination\
            |recipient\ )?(?:host|domain|destination\ system)(?:\ name)?\b(?!\ of\ sender)
        | \b(?:host|domain)\b(?:\ name|\ or\ domain)?(?:\ \S{1,80})?\ (?:is\ )?(?:unknown|does\ not\ exist
            |doesn'?t\ exist|not\ exist(?:ing)?|not\ found|non-?existent)\b(?!,?\ (?:try|for\ sender)
            |.{0,200}\btry\ again)
        | \bhost\ not\ found\b(?!,?\ try) | \bunrout(?:e)?able\ (?:mail\ domain|address|domain) | \bnxdomain\b
        | \bname\ or\ service\ not\ known | \bno\ mx\b | \bnull\ ?mx\b | \bnullmx\b | \bcouldn'?t\ find\ any\ host
        | \bdoes\ not\ accept\ mail\b.{0,30}\bnullmx
            | \bhost\ or\ domain\ name\ not\ found\b(?!.{0,200}\btry\ again) | \bno\ host\ found
        | \ball\ relevant\ mx\ records
    """,
    AnswerTopic.NO_USER: rf"""
        \b(?:unknown|invalid|unrecogni[sz]ed|non-?exist[ae]nt|no\ such|not\ a\ (?:known|valid)|not\ known
            |illegal|undefined|unprovisioned|bad(?:\ destination)?|wrong|no\ valid|not\ our
            |incorrect)\ (?:local\ |email\ |e-mail\ |mail\ |final\ delivery\ |or\ illegal\ |delivery\ |virtual\
            |destination\ |internet\ |smtp\ |account\ or\ )*{_WHO}\b
        | \b{_WHO}\b{_SAME}\b(?:is\ |are\ |was\ |were\ )?(?:unknown|not\ (?:be\ )?found|not\ known
            |not\ exists?\b|not\ exist\b|not\ listed|not\ recogni[sz]ed|not\ valid|non-?exist[ae]nt
            |n[o']t\ have\ an?\b|no\ longer\ (?:valid|here|exists?|available|on\ server|with\ us|in\ use
            |employed)|unrecogni[sz]ed|unprovisioned|doesn'?t\ exist|isn'?t\ (?:known|valid|exist)
            |dosn'?t\ exist)
        | \bno\ (?:mail\ ?box|mail\ box|such|user|account|recipient|valid\ (?:recipient
            |user))s?\b.{{0,30}}\b(?:here|by\ that|by\ this|of\ that|with\ that|found|available|name|exist
            |person|one)\b | \bno\ such\ (?:person|mail\ ?drop|local\ user|smtp\ user|user|one|employee)\b
        | \bno\ mail\ ?box\b | \bno\ account\b | \bnobody\ (?:here|by)
        | \bdoes(?:n'?t|\ not)\ (?:have\ an?\ \S+\ account|exist\b) | \bdo\ not\ exist\b | \bnon-?exist[ae]nt\b
        | \bnot\ our\ customer | \bnot\ (?:a\ )?(?:known|valid)\ (?:user|recipient|address|mail\ ?box|account)
        | \brecipnotfound\b | \brecipientnotfound\b | \badr\.exrecipnotfound\b
        | \bunknown\ (?:in|or\ illegal|local[ -]part|to\ this|addressee|alias) | \buserunknown\b | \bbad_recipient\b
        | \bbadrcptto\b | \bdirectory\b.{{0,30}}\bnot\ list | \bnot\ listed\ in\b
        | \bnot\ in\ (?:our|the)\ (?:directory|address\ book|database)
        | \baddress\ (?:is\ )?(?:wrong|obsolete|invalid|incorrect|not\ valid) | \bmoved\b.{{0,40}}\baddress
        | \bnot\ an\ active\ address | \bdid\ not\ (?:exactly\ )?match\ an?\ \S+\ e?-?mail\ address
        | \bno\ matches\ to\b | \bunknown\ or\ not\ available | \buser\ not\ (?:local|known)
        | \bnot\ (?:a\ )?local\ (?:user|mail\ ?box) | \bdelivery\ point\b | \bnot\ (?:here|at\ this)\b
        | \bn'existe\ pas\b | \bempfaenger\ unbekannt\b | \bunbekannt\b | \bnie\ istnieje\b | \bno\ existe\b
        | \binconnu(?:e)?\b
    """,
}
