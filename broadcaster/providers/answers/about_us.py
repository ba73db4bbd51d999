"""Patterns of answers about us: our server, our letter, our sender, or a temporary state.

Verbose regular expressions over lower-case English; `topic_patterns` uses them.
"""

from broadcaster.providers.answers.answer_topics import AnswerTopic

_NEAR = r"(?:(?!\ssaid\b)(?:[^.;:]|[.:](?=\S))){0,50}?"
"""Within one sentence, and before whatever another server said."""

ABOUT_US: dict[AnswerTopic, str] = {
    AnswerTopic.BLOCKLISTED: rf"""
        (?:block|black|deny|reject)[ -]?list | \b(?:dnsbls?|rbls?|rhsbl|uribl|surbl|dnswl|s5h)\b | spamhaus
        | spamcop | sorbs\b | barracuda | senderbase | senderscore | invaluement | hostkarma | junkemailfilter
        | cloudmark | proofpoint | talos | trustedsource | sender\ ?base | backscatter | uceprotect | abuseat
        | (?<!not\ )\blisted\ (?:at|by|in|on|as|with)\b(?!\ (?:the\ )?(?:public|domino|directory|address))
        | \bis\ listed\b | reputation | \bbad\ (?:ip|host|sender)\b | \bbanned\b
        | \b(?:ips?|hosts?|ip\ address(?:es)?|networks?|mta|client\ host|country|isp|(?:your|sending
            |remote)\ (?:server|domain|system))\b{_NEAR}\b(?:blocked|denied|refused|rejected|not\ allowed
            |not\ welcome|not\ accepted|dynamic|residential)\b | \bblocked\b
        | \bblocking\ (?:mail|e-mail|email|messages|your) | \bspammers?\b | \bspam\ sources?\b | \bdial-?up\b
        | \bdynamic\b | \bgeo-?ip\b | \bblock\ list\b | \bip[=:]\ ?\d | \bopen\ (?:relay|proxy)\b
        | \bgreylist\ exempt
    """,
    AnswerTopic.AUTHENTICATION: r"""
        \bspf\b | \bdkim\b | \bdmarc\b | domainkeys? | \bsender[ -]?id\b | \bunauthenticated\b | anti-?spoof
        | \bspoof | \bnot\ authenticated\b | authenticat(?:ion|ed)\ (?:check|fail|result|required)
        | \bnot\ (?:an?\ )?authori[sz]ed\ (?:sender|to\ (?:send|use)) | \bdesignat(?:e|ed)\b.{0,40}\bsender
        | \bforge(?:d|ry)\b
    """,
    AnswerTopic.REVERSE_NAME: r"""
        \bptr\b | \brdns\b | \breverse\b | \binverse\b | \bhelo\b | \behlo\b | \bfqdn\b | \bfcrdns\b
        | \bip\ name\ lookup | \bname\ lookup\ failed | \bcannot\ (?:find|resolve)\ your
        | \byour\ (?:host|server)?\ ?name
        | \bdns\ (?:check|record|entry|entries|name)s?\b.{0,40}\b(?:sender|your|client|sending|ip)\b
        | \bnot\ have\ a\ (?:valid\ )?dns | \bunresolvable\b | \bgeneric\ (?:host|dns|name) | \bmismatch\w*\ client
    """,
    AnswerTopic.RATE: r"""
        \b(?:sending|send|outgoing|outbound|relay|smtp|your)\ (?:\S+\ )?quota |
        \brates?\b | \brate[ -]?limit | \btoo\ (?:many|fast|frequent|quick|often)\b(?!\ (?:hops|received))
        | \bthrottl | \bfrequency\b | \b(?:try|tried|retry|come\ back|send)\ (?:again\ )?(?:later|in\ \d|after)
        | \bplease\ (?:try\ again|retry)$ | \bgr[ea]ylist
        | \btempora(?:ry|rily)\b(?!\ (?:disabled|suspended|locked|inactive))
        | \b(?:hourly|daily|per\ (?:hour|day|minute|second|connection))\b
        | \b(?:sending|connection|message|recipient|concurrency|messaging)\ limit | \b(?:volume|unusual)\b
        | \blimit\ (?:exceeded|reached)
        | \bexceed(?:ed|s|ing)\ (?:the\ |your\ )?(?:max(?:imum)?\ )?(?:number|hourly|daily|sending|rate
            |mail\ limit) | \bdeferred\b | \bresources\ temporarily | \bslow\ down
    """,
    AnswerTopic.CONTENT: r"""
        \bspam(?!\ ?(?:haus|cop))\w* | \bjunk\b | \bunsolicited\b | \bbulk\b | \bu[cb]e\b | \bvirus(?:es)?\b
        | \bmalware\b | \bworm\b | \btrojan\b | \binfected\b | \bphish | \bmalicious\b | \bdangerous\b
        | \bcontent\b(?!-) | \battachments?\b.{0,40}\b(?:not|reject|refus|block|prohibit|type|allow|accept)
        | \b(?:accept|allow)\w*\b.{0,30}\battachment | \bobjectionable\b | \bprofan | \bfilter(?:ed|s|ing)?\b
        | \bscan(?:ned|ner|ning)?\b | \burls?\ (?:in|listed) | \bsuspicio | \bsuspected\b | \babus(?:e|ive)\b
        | \bscam\b | \bquarantin | \bunwanted\b | \bmailscanner\b
        | \bmessage\ (?:was\ |has\ been\ |is\ )?(?:rejected|refused|blocked|denied|discarded)\b
        | \btransaction\ (?:rejected|refused)\b | \bmatch(?:es|ed)?\ a\ (?:rule|profile)
        | \bblocked\ (?:for|due|because)
    """,
    AnswerTopic.SENDER: r"""
        \bsender\b(?!\ and\b) | \breturn[ -]?path\b | \bmail\ ?from\b | \bbadmailfrom\b | \bmailfrom\b
        | \bcall(?:out|back)\b | \bverif(?:y|ication)\b(?!\ the\ (?:address|recipient|email))
        | \byour\ (?:e-?mail\ )?address\b | \bfrom\ (?:address|header|field|domain) | \bresent-from\b | \breply-to\b
        | \bfrom\ you\b | \bfrom\ your\b
        | \b(?:accept|reject|refus|block|den[yi]|allow|like)\w*\b.{0,20}\b(?:e-?mails?|messages?)\ from\b
        | \bmessages?\ from\b.{0,60}\b(?:reject|refus|block|den) | \bfrom:(?!\ <>)(?=\s|$) | \bvalid\ from\b
        | \binvalid\ ip\b | \bsending\ mail\ (?:of|for)\b
    """,
    AnswerTopic.RELAY: r"""
        \bpasswords?\b | \bcredentials?\b | \blog(?:ged)?[ -]?in\b | \bsign(?:ed)?[ -]in\b |
        \brelay(?:ing|ed)?\b(?!\ (?:recipient|domains?\ table)|=) | \brcpt\ ?hosts\b
        | \bgateway(?:ing)?\b(?!\ (?:for|time)) | \bnot\ (?:a\ |an\ |my\ |our\ )?(?:local\ )?(?:host|gateway|open)\b
        | \bwe\ do\ not\ (?:host|handle|serve) | \bauthentication\ (?:is\ )?required
        | \bmust\ (?:authenticate|log\ ?in|check) | \bcheck\ for\ new\ mail | \bpop\ before
    """,
    AnswerTopic.TLS: r"""
        \btls\b | \bstarttls\b | \bssl\b | \bencrypt | \bcertificates?\b
    """,
    AnswerTopic.SIZE: r"""
        \btoo\ (?:large|big|long|huge)\b | \b(?:message|mail|e-?mail|file|attachment|body)\ size\b
        | \bsize\ (?:limit|exceed|of) | (?<!mailbox\ )\bexceed\w*\ .{0,30}\bsize\b | \bsize\b.{0,30}\bexceed
        | \bmax(?:imum)?\ (?:\w+\ ){0,3}size\b | \blarger\ than | \bfixed\ maximum\b | \boversized?\b
        | \bmessage\ (?:file\ )?too\b | \bmessage\ (?:is\ )?exceed
    """,
    AnswerTopic.FORM: r"""
        (?<!address\ )\bsyntax\b | \bprotocol\b | \bbare\ (?:lf|cr)\b | \b8-?bit\b
        | \bnot\ (?:comply|compliant|conform) | \brfc\ ?\d{3,4} | \bmalformed\b(?!\ address)
        | \b(?:invalid|duplicate|bad|multiple|missing|illegal)\ (?:\S+\ )?(?:field|header)s?\b | \bno\ \S+\ field\b
        | \bmime\b.{0,30}\b(?:error|invalid|broken|bad|wrong) | \bnul\ characters? | \binvalid\ characters?
        | \bno\ (?:date|subject|from)\b | \b(?:unknown|unsupported|invalid)\ charset\b | \bmessage-id\b
        | \bline\ (?:length|too) | \bmissing\b.{0,20}\b(?:date|from|subject|header) | \bdata\ format
        | \b(?:bad|improper)\ sequence | \bunrecognized\ command
    """,
    AnswerTopic.POLICY: r"""
        \byour\ (?:\S+\ )?(?:account|domain|ips?|server|host|network|plan|subscription|credits?|tenant)\b |
        \byour\ (?:\S+\ )?organi[sz]ation\b |
        \bpolic(?:y|ies)\b | \brequires\ confirmation\b | \bautoris | \bberechtigt | \bmail\ rejected\b
        | \bprohibited\b | \brestrict | \bpermi(?:t|ssion) | \bnot\ permitted\b | \bnot\ allowed\b | \bdisallow
        | \bnot\ (?:been\ )?authori[sz]ed\b | \baccess\ denied\b | \bdenied\b | \bdenial\b | \bsecurity\b
        | \badministrative(?:ly)?\b | \bmoderat(?:ed|or|ion)\b | \bmembers[ -]?only\b | \bnon-?members?\b | \brule\b
        | \bwhite\ ?list | \bsafe\ ?list | \ballow\ ?list
        | (?<!system\ )\bnot\ accept(?:ing|ed)?\b.{0,30}\b(?:mail|e-?mail|messages?) | \bdoes\ not\ accept
        | \bdon'?t\ accept | (?<!system\ )\bnot\ accepting | \bunacceptable\b | \brejected\ (?:by|due|for|on|as)\b
        | \brefused\ (?:by|due|for)\b | \bnot\ like\ (?:your|the\ sender) | \brefuses\ to\ accept | \bconsidered\b
        | \bbounced\ by\ admin | \bdoes\ not\ wish | \bchallenge\b | \bonly\ accepts?\b | \bnot\ wanted\b
        | \bno\ thanks\b
    """,
    AnswerTopic.SYSTEM: r"""
        \bloop(?:s|ing|ed)?\b | \btoo\ many\ (?:hops|received) | \bhop\ count | \bmaximum\ hop
        | \b(?:internal|local|server|system|processing)\ (?:server\ )?(?:error|fault)
        | \b(?:unable\ to|cannot|can't|could\ not|couldn't)\ (?:open|create|write|execute|append|fork|access
            |lock) | \bi/o\ error | \b(?:mis|not\ )?-?\ ?configur(?:ed|ation)\ (?:error|problem|incorrect)
        | \bmisconfigur | \bsystem\ not\ accepting | \bcommand\ (?:died|not) | \bbroken\ pipe
        | \bservice\ (?:currently\ )?(?:not\ available|unavailable) | \bsystem\ (?:full|busy|load)
        | \binsufficient\ (?:system|memory|resources) | \bout\ of\ memory | \bmailer\ error | \bpipe\b
        | \bexit\ status | \bsegmentation | \bsource\ tree | \bnot\ implemented | \bmaintenance\b
        | \binsufficient\ system
    """,
}
