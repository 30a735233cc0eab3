/** What the kernel counted in one network since that was made. */
export interface KernelCounters {
  udpIn: number;
  udpOut: number;
  udpReceiveBufferErrors: number;
  tcpRetransmittedSegments: number;
}

/** @param table /proc/net/snmp, read inside the network. */
export function kernelCounters(table: string): KernelCounters {
  const udp = protocolCounters(table, 'Udp');
  const tcp = protocolCounters(table, 'Tcp');
  return {
    udpIn: udp('InDatagrams'),
    udpOut: udp('OutDatagrams'),
    udpReceiveBufferErrors: udp('RcvbufErrors'),
    tcpRetransmittedSegments: tcp('RetransSegs'),
  };
}

/** Two lines a protocol: the names, then the figures. */
function protocolCounters(table: string, protocol: string): (name: string) => number {
  const [names = [], figures = []] = table
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' '));
  return (name) => {
    const column = names.indexOf(name);
    if (column < 0) throw new Error(`the kernel has no counter ${protocol} ${name}`);
    return Number(figures[column]);
  };
}
