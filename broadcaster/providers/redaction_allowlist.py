"""The allow-list of redaction: words that mail systems and providers use about messages. No names are among them.

From the texts of RFC 3463, of Postfix, Exim, qmail, Exchange, Domino, Gmail, Outlook, Yahoo, SendGrid, Twilio, and from
this machine's own network errors. Before you add one: could it name a person, a place of worship, an employer?
"""

_ALSO_NAMES = """
    close day don early field fields good grant key large link links lock long max may page read short small will wish
"""
ALSO_NAMES = frozenset(_ALSO_NAMES.split())
"""Words that are names as well: kept only as they stand within a sentence, in small letters."""

_WORDS = """
    a able about above abuse accept acceptable accepted accepting accepts access according account accounts action
    activated active actively activity added additional address addressed addresses administrative administratively
    administrator after again against agent alias aliases align aligned alignment all allow allowance allowed allowing
    alone already also altered always an and anonymous another answer answers any api appear appears applied apply are
    as ask asked at attachment attachments attack attempt attempted attempts auth authenticate authenticated
    authentication authenticity authorization authorized automated automatically available away
    back backend bad badly bandwidth banned base based be because been before began being below between blacklist
    blacklisted block blocked blocking blocklist blocklisted blocks body book both bounce bounced bounces broken buffer
    bulk busy but by bytes
    cache call callback called callout can cannot canonical capability capacity carrier catch cause caused certificate
    change changed channel characters check checked checking checks cipher class classified client closed closing code
    com combination command commands common communication complaint complaints complete completed compliance compliant
    configuration configured connect connected connecting connection connections consider considered console contact
    contain contained contains content contents continue control conversation copy correct correctly could country
    create created credentials credit credits criteria current currently customer
    daemon daily data database date days deactivated dead decode default defer deferral deferred delay delayed delete
    deleted deliver deliverability delivered delivering delivery demand denied deny denying dependency deprecated
    destination destinations detail details detected device dictionary did didn different directory disabled disallowed
    discarded disconnect disconnected disconnecting disk dkim dmarc dns dnsbl do document does doesn domain domains
    domino down dropped dsn due duplicate during
    each eight either email emails empty enabled encoded encoding encountered encrypted encryption end ended enforce
    enforced engine enhanced enough enter entity entries entry envelope error errors esmtp established etc exceed
    exceeded exceeding exceeds excessive exchange exim exist existing exists expanded expansion expect expected expired
    explicit external
    fail failed failing failure failures false family fatal fate fault fblr feedback file files filter filtered
    filtering filters final find finished first fix folder following for forbidden forged format formatted forward
    forwarded forwarding found frequency frequent from full further
    gateway general generated geographic get given global gmail go google got granted greeting greylist greylisted
    greylisting
    had handle handled handset hard has have having header headers held helo help helpful here high history hop hops
    host hosted hosting hosts hour hours how however html http https
    id identification identified identity if ignored illegal imap immediately implemented in inactive inbound inbox
    included including incoming incorrect incorrectly indicates information initial input instead insufficient
    interface internal international internet into invalid inverse ip ipv4 ipv6 is isn issue issues it its
    junk just
    keep known
    landline last later lead learn least length less letter level likely limit limitation limited limits line lines
    list listed listing literal load local locale located location locked log login logs lookup loop looping low
    made mail mailbox mailboxes maildir maildrop mailer mailing mails maintenance malformed malicious malware many
    marked match matched matches matching maximum mbox mechanism media meet memory message messages messaging method
    microsoft mime mimecast minute minutes misconfigured mismatch missing mobile mode modified more most move moved mta
    multiple must mx
    name named names near need needed needs negative network networks never new next no node non none nonexistent
    normal not notice notification now null number numbers
    object occurred of off offered office offline old on once one only open operation operator opted optout or order
    origin originating other our out outbound outdated outgoing outlook outside over overload overloaded overquota own
    owner
    package parameter parameters parsing part party pass passed password past path peer per perhaps permanent
    permanently permission permissions permit permitted personal personalization phishing phone phrase pipe place plain
    plan please point pointer policies policy pool poor port possible postfix postmaster prefix presented prevent
    previous previously private problem problems process processed processing prohibited proofpoint properly protected
    protection protocol provide provided provider ptr public
    qmail query queue queued queues quiet quota
    ran range rate rated rates rbl rcpt reach reachable reached reason reasons receive received receiver receiving
    recent recently recipient recipients recognized record records recoverable reduced reference refuse refused refuses
    region register registered registration reject rejected rejecting rejection rejects relay relayed relaying release
    reload remote remove removed reply report reported reporting reputation request requested requests require required
    requirement requirements requires reset resolution resolve resolved resolver resource resources responding response
    responses restricted restriction restrictions result results retried retries retry return returned reverse revoked
    risk room route router routing rule rules run running
    s same scanned scheduled score second seconds section secure security see seems selector send sender senders
    sendgrid sending sends sent sequence server servers service services session set settings setup several should
    shutting sign signature signed signing similar since site size smtp so socket soft software solicited some
    something soon source space spam spamcop spamhaus spammer spamming specified spf spoofed standard start started
    starttls state status still stop stopped storage store stored string subject submission submit submitted subscriber
    subscribers succeeded success successful successfully such sufficient support supported suppressed suppression
    suspect suspected suspended suspicious switched syntax system systems
    t table take taken tarpit technical temp temporarily temporary tenant terminated terminating test text than thank
    that the their them then there therefore these they this those thread threshold throttled throttling through time
    timed timeout times tls to today token too traffic transaction transfer transient transmission transport tried
    tries true truncated trusted try trying twilio two type
    unable unacceptable unauthenticated unauthorized unavailable undeliverable undelivered under understood unencrypted
    unexpected unfortunately unique unknown unlisted unprovisioned unreachable unrecognized unresolvable unroutable
    unrouteable unsolicited unspecified unsubscribed unsupported until untrusted unusual unverified unwanted up update
    upgrade upon uribl url urls us usage use used user username users uses using
    valid validate validated validation value verification verified verify version via violate violated violates
    violation virtual virus viruses visit volume
    wait waiting want warning was way we web website welcome well were what when where which while whitelist
    whitelisted who why with within without would write wrong
    yahoo yet you your
    zen zone
"""
WORDS = ALSO_NAMES | frozenset(_WORDS.split())
