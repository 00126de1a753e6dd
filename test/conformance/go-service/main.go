// A TARS service as its users write one: it answers from a configuration file, calls another service by
// name, and tells the platform what it does. With LOAD_PER_SECOND it only calls.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/TarsCloud/TarsGo/tars"
	"github.com/TarsCloud/TarsGo/tars/util/conf"

	"tarsier.test/go-service/shop"
)

const configFile = "prices.conf"

func main() {
	config := tars.GetServerConfig()
	callee := new(shop.Price)
	tars.GetCommunicator().StringToProxy(os.Getenv("CALLEE"), callee)
	calls := newCallBook(os.Getenv("CALLS_FILE"))
	if load := os.Getenv("LOAD_PER_SECOND"); load != "" {
		perSecond, _ := strconv.Atoi(load)
		go callAtPace(callee, calls, time.Second/time.Duration(perSecond))
		tars.Run()
		return
	}
	if _, err := tars.AddConfig(configFile); err != nil {
		fmt.Println("no configuration:", err)
		os.Exit(1)
	}
	object := fmt.Sprintf("%s.%s.PriceObj", config.App, config.Server)
	tars.AddServant(new(shop.Price), &prices{path: config.BasePath + "/" + configFile}, object)
	tars.ReportNotifyInfo(tars.NotifyWarn, "prices are told")
	go callEverySecond(callee, calls)
	tars.Run()
}

type prices struct{ path string }

// GetPrice reads the file each time: the platform may have pushed another one.
func (p *prices) GetPrice(item string, place *string) (int32, error) {
	file, err := conf.NewConf(p.path)
	if err != nil {
		return 0, err
	}
	*place = file.GetString("/shop<place>")
	return int32(file.GetIntWithDef("/shop/prices<"+item+">", -1)), nil
}

func callEverySecond(callee *shop.Price, calls *callBook) {
	log := tars.GetRemoteLogger("calls")
	property := tars.CreatePropertyReport("calls", tars.NewCount())
	for range time.Tick(time.Second) {
		place, err := callOnce(callee, calls)
		property.Report(1)
		if err != nil {
			fmt.Println("call failed:", err)
			continue
		}
		log.Infof("an apple of %s", place)
		fmt.Println("an apple of", place)
	}
}

func callAtPace(callee *shop.Price, calls *callBook, pause time.Duration) {
	for range time.Tick(pause) {
		go func() { _, _ = callOnce(callee, calls) }()
	}
}

func callOnce(callee *shop.Price, calls *callBook) (string, error) {
	var place string
	_, err := callee.GetPrice("apple", &place)
	calls.add(place, err)
	return place, err
}
