// Reads a configuration with the Go library of TARS, and prints what it found there as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/TarsCloud/TarsGo/tars/util/conf"
)

type section struct {
	Values   map[string]string  `json:"values"`
	Sections map[string]section `json:"sections"`
}

func read(config *conf.Conf, path string) section {
	found := section{config.GetMap(path), map[string]section{}}
	for _, name := range config.GetDomain(path) {
		found.Sections[name] = read(config, path+"/"+name)
	}
	return found
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		config := conf.New()
		if err = config.InitFromBytes(text); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(read(config, "/tars/application"))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
