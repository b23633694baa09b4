# A Modbus server by pymodbus, as a peer for our client. Standard input, JSON lines: first {"units": {UNIT: {ADDRESS: VALUE}}},
# later {"set": [UNIT, {ADDRESS: VALUE}]}. Standard output, JSON lines: {"ready": PORT}, {"write": [UNIT, ADDRESS, [VALUE]]}.
# Arguments: tcp [PORT] | serial PATH. Units and registers that were not given do not exist.
import asyncio
import json
import os
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.framer.rtu_framer import ModbusRtuFramer
from pymodbus.framer.socket_framer import ModbusSocketFramer
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer


def say(message):
    print(json.dumps(message), flush=True)


class ToldBlock(ModbusSparseDataBlock):
    unit = 0

    def setValues(self, address, values, use_as_default=False):
        super().setValues(address, values, use_as_default)
        if not use_as_default and isinstance(values, list):
            say({"write": [self.unit, address, values]})


def numbers(registers):
    return {int(address): value for address, value in registers.items()}


async def follow(blocks):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        unit, registers = json.loads(line)["set"]
        blocks[unit].values.update(numbers(registers))
    os._exit(0)


async def main():
    blocks = {}
    for unit, registers in json.loads(sys.stdin.readline())["units"].items():
        blocks[int(unit)] = ToldBlock(numbers(registers))
        blocks[int(unit)].unit = int(unit)
    slaves = {unit: ModbusSlaveContext(hr=block, zero_mode=True) for unit, block in blocks.items()}
    context = ModbusServerContext(slaves=slaves, single=False)
    following = asyncio.create_task(follow(blocks))
    if sys.argv[1] == "tcp":
        port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
        server = ModbusTcpServer(
            context, ModbusSocketFramer, address=("127.0.0.1", port), allow_reuse_address=True
        )
        serving = asyncio.create_task(server.serve_forever())
        await server.serving
        say({"ready": server.server.sockets[0].getsockname()[1]})
    else:
        server = ModbusSerialServer(
            context, ModbusRtuFramer, port=sys.argv[2], baudrate=19200, parity="N", ignore_missing_slaves=True
        )
        await server.start()
        serving = asyncio.create_task(server.serve_forever())
        say({"ready": 0})
    await asyncio.gather(serving, following)


asyncio.run(main())
