// Reads and writes structs with the Go library of TARS, for the codec's conformance test.
//
// Each line of the input is "recode NAME HEX": the answer is the same value, written again. Or it is
// "make NAME": the answer is a value that Go made, with every optional field at its default.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/TarsCloud/TarsGo/tars/protocol/codec"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/configf"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/endpointf"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/logf"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/nodef"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/notifyf"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/propertyf"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/requestf"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/statf"
)

type value interface {
	ResetDefault()
	ReadFrom(reader *codec.Reader) error
	WriteTo(buffer *codec.Buffer) error
}

var structs = map[string]func() value{
	"RequestPacket":   func() value { return new(requestf.RequestPacket) },
	"ResponsePacket":  func() value { return new(requestf.ResponsePacket) },
	"EndpointF":       func() value { return new(endpointf.EndpointF) },
	"LogInfo":         func() value { return new(logf.LogInfo) },
	"ServerInfo":      func() value { return new(nodef.ServerInfo) },
	"ReportInfo":      func() value { return new(notifyf.ReportInfo) },
	"ConfigInfo":      func() value { return new(configf.ConfigInfo) },
	"StatPropMsgHead": func() value { return new(propertyf.StatPropMsgHead) },
	"StatMicMsgBody":  func() value { return new(statf.StatMicMsgBody) },
	"EndpointList":    func() value { return new(endpointList) },
	"StatMap":         func() value { return new(statMap) },
}

// A list of endpoints, as an answer of the locator has it: a field with tag 1.
type endpointList struct{ items []endpointf.EndpointF }

func (list *endpointList) ResetDefault() {}

func (list *endpointList) ReadFrom(reader *codec.Reader) error {
	if _, err := reader.SkipTo(codec.LIST, 1, true); err != nil {
		return err
	}
	var size int32
	if err := reader.ReadInt32(&size, 0, true); err != nil {
		return err
	}
	list.items = make([]endpointf.EndpointF, size)
	for at := range list.items {
		if err := list.items[at].ReadBlock(reader, 0, false); err != nil {
			return err
		}
	}
	return nil
}

func (list *endpointList) WriteTo(buffer *codec.Buffer) error {
	if err := buffer.WriteHead(codec.LIST, 1); err != nil {
		return err
	}
	if err := buffer.WriteInt32(int32(len(list.items)), 0); err != nil {
		return err
	}
	for _, item := range list.items {
		if err := item.WriteBlock(buffer, 0); err != nil {
			return err
		}
	}
	return nil
}

// The first parameter of reportMicMsg: a map with a struct as its key.
type statMap struct {
	entries map[statf.StatMicMsgHead]statf.StatMicMsgBody
}

func (stats *statMap) ResetDefault() {}

func (stats *statMap) ReadFrom(reader *codec.Reader) error {
	if _, err := reader.SkipTo(codec.MAP, 1, true); err != nil {
		return err
	}
	var size int32
	if err := reader.ReadInt32(&size, 0, true); err != nil {
		return err
	}
	stats.entries = make(map[statf.StatMicMsgHead]statf.StatMicMsgBody)
	for at := int32(0); at < size; at++ {
		var head statf.StatMicMsgHead
		var body statf.StatMicMsgBody
		if err := head.ReadBlock(reader, 0, false); err != nil {
			return err
		}
		if err := body.ReadBlock(reader, 1, false); err != nil {
			return err
		}
		stats.entries[head] = body
	}
	return nil
}

func (stats *statMap) WriteTo(buffer *codec.Buffer) error {
	if err := buffer.WriteHead(codec.MAP, 1); err != nil {
		return err
	}
	if err := buffer.WriteInt32(int32(len(stats.entries)), 0); err != nil {
		return err
	}
	for head, body := range stats.entries {
		if err := head.WriteBlock(buffer, 0); err != nil {
			return err
		}
		if err := body.WriteBlock(buffer, 1); err != nil {
			return err
		}
	}
	return nil
}

func answer(line string) (string, error) {
	words := strings.Fields(line)
	if len(words) < 2 || structs[words[1]] == nil {
		return "", fmt.Errorf("not a command: %s", line)
	}
	made := structs[words[1]]()
	made.ResetDefault()
	if words[0] == "recode" {
		text := ""
		if len(words) > 2 {
			text = words[2]
		}
		bytes, err := hex.DecodeString(text)
		if err != nil {
			return "", err
		}
		if err := made.ReadFrom(codec.NewReader(bytes)); err != nil {
			return "", err
		}
	}
	buffer := codec.NewBuffer()
	if err := made.WriteTo(buffer); err != nil {
		return "", err
	}
	return hex.EncodeToString(buffer.ToBytes()), nil
}

func main() {
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 16*1024*1024)
	for scanner.Scan() {
		text, err := answer(scanner.Text())
		if err != nil {
			fmt.Println("error", err)
		} else {
			fmt.Println("ok", text)
		}
	}
}
