// Command bedarfslotse asks schools, youth services, families and young people
// what newly arrived children need, and shows what they said.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv, yield: yield}
	os.Exit(p.run(ctx, os.Args[1:]))
}
