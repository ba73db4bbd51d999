// gosmtp LETTER PORT COUNT CONNECTIONS: Go's net/smtp over kept connections, filled with html/template and text/template.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"mime/multipart"
	"mime/quotedprintable"
	"net/smtp"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	texttemplate "text/template"
	"time"
)

type letter struct{ Subject, Text, HTML string }
type values struct{ Name, Link string }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func cpu() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func part(writer *multipart.Writer, kind string, fill func(*quotedprintable.Writer)) {
	header := textproto.MIMEHeader{"Content-Type": {kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}}
	body, err := writer.CreatePart(header)
	must(err)
	quoted := quotedprintable.NewWriter(body)
	fill(quoted)
	must(quoted.Close())
}

func main() {
	file, err := os.ReadFile(os.Args[1])
	must(err)
	var source letter
	must(json.Unmarshal(file, &source))
	turn := strings.NewReplacer("{{name}}", "{{.Name}}", "{{link}}", "{{.Link}}")
	text := texttemplate.Must(texttemplate.New("text").Parse(turn.Replace(source.Text)))
	html := template.Must(template.New("html").Parse(turn.Replace(source.HTML)))
	count, err := strconv.Atoi(os.Args[3])
	must(err)
	connections, err := strconv.Atoi(os.Args[4])
	must(err)

	before, start := cpu(), time.Now()
	var next int64 = -1
	var group sync.WaitGroup
	for worker := 0; worker < connections; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			client, err := smtp.Dial("127.0.0.1:" + os.Args[2])
			must(err)
			for {
				number := int(atomic.AddInt64(&next, 1))
				if number >= count {
					must(client.Quit())
					return
				}
				filled := values{fmt.Sprintf("Person %d", number), fmt.Sprintf("https://letters.example.org/%d", number)}
				var message bytes.Buffer
				parts := multipart.NewWriter(&message)
				fmt.Fprintf(&message, "From: Desk <desk@example.org>\r\nTo: person%d@example.net\r\nSubject: %s\r\n", number, source.Subject)
				fmt.Fprintf(&message, "Message-ID: <%d@letters.example>\r\nMIME-Version: 1.0\r\n", number)
				fmt.Fprintf(&message, "Content-Type: multipart/alternative; boundary=%s\r\n\r\n", parts.Boundary())
				part(parts, "text/plain", func(w *quotedprintable.Writer) { must(text.Execute(w, filled)) })
				part(parts, "text/html", func(w *quotedprintable.Writer) { must(html.Execute(w, filled)) })
				must(parts.Close())
				must(client.Mail(fmt.Sprintf("bounces+%d@example.org", number)))
				must(client.Rcpt(fmt.Sprintf("person%d@example.net", number)))
				body, err := client.Data()
				must(err)
				_, err = body.Write(message.Bytes())
				must(err)
				must(body.Close())
			}
		}()
	}
	group.Wait()
	result, err := json.Marshal(map[string]float64{"count": float64(count), "seconds": time.Since(start).Seconds(), "cpu": cpu() - before})
	must(err)
	fmt.Println(string(result))
}
