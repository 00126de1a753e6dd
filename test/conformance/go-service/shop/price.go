// Package shop is what tars2go makes of the interface Price in cluster-examples/tars/shop.tars: a proxy
// for callers, and the dispatch for servers, here for version 1 of the protocol alone.
package shop

import (
	"context"
	"fmt"

	"github.com/TarsCloud/TarsGo/tars/model"
	"github.com/TarsCloud/TarsGo/tars/protocol/codec"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/basef"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/requestf"
	"github.com/TarsCloud/TarsGo/tars/util/current"
	"github.com/TarsCloud/TarsGo/tars/util/tools"
)

// PriceServant is what a server implements.
type PriceServant interface {
	GetPrice(item string, place *string) (ret int32, err error)
}

// Price is the proxy of a caller, and the dispatch of a server.
type Price struct {
	servant model.Servant
}

// SetServant sets the servant for the proxy.
func (obj *Price) SetServant(servant model.Servant) {
	obj.servant = servant
}

// TarsSetTimeout sets the timeout of calls in ms.
func (obj *Price) TarsSetTimeout(timeout int) {
	obj.servant.TarsSetTimeout(timeout)
}

// GetPrice calls the server.
func (obj *Price) GetPrice(item string, place *string) (ret int32, err error) {
	buf := codec.NewBuffer()
	if err = buf.WriteString(item, 1); err != nil {
		return ret, err
	}
	// Callers in Go write their out parameters as well.
	if err = buf.WriteString(*place, 2); err != nil {
		return ret, err
	}
	response := new(requestf.ResponsePacket)
	err = obj.servant.TarsInvoke(context.Background(), 0, "getPrice", buf.ToBytes(), nil, nil, response)
	if err != nil {
		return ret, err
	}
	reader := codec.NewReader(tools.Int8ToByte(response.SBuffer))
	if err = reader.ReadInt32(&ret, 0, true); err != nil {
		return ret, err
	}
	err = reader.ReadString(place, 2, true)
	return ret, err
}

// Dispatch answers a request with the server's implementation.
func (obj *Price) Dispatch(
	ctx context.Context,
	implementation interface{},
	request *requestf.RequestPacket,
	response *requestf.ResponsePacket,
	_ bool,
) (err error) {
	if request.SFuncName != "getPrice" {
		return fmt.Errorf("func mismatch")
	}
	if request.IVersion != basef.TARSVERSION {
		return fmt.Errorf("decode reqpacket fail, error version: %d", request.IVersion)
	}
	reader := codec.NewReader(tools.Int8ToByte(request.SBuffer))
	var item, place string
	if err = reader.ReadString(&item, 1, true); err != nil {
		return err
	}
	ret, err := implementation.(PriceServant).GetPrice(item, &place)
	if err != nil {
		return err
	}
	buf := codec.NewBuffer()
	if err = buf.WriteInt32(ret, 0); err != nil {
		return err
	}
	if err = buf.WriteString(place, 2); err != nil {
		return err
	}
	responseContext, _ := current.GetResponseContext(ctx)
	*response = requestf.ResponsePacket{
		IVersion:   request.IVersion,
		IRequestId: request.IRequestId,
		SBuffer:    tools.ByteToInt8(buf.ToBytes()),
		Context:    responseContext,
	}
	return nil
}
