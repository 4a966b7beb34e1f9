import type { Arrival } from "../../../../src/linux/nat/find_published.ts";

/** A connection from Windows as it arrives in WSL's NAT. */
export const ARRIVAL: Arrival = { address: "172.23.21.232", interfaceName: "eth0", source: "172.23.16.1" };

/** What Docker writes for `-p 8080:80`, `-p 127.0.0.1:8081:80` and `-p 5353:53/udp` (assumed, after moby's source and documentation). */
export const DOCKER = `*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER ! -i docker0 -p udp -m udp --dport 5353 -j DNAT --to-destination 172.17.0.2:53
COMMIT
`;

/** What kube-proxy writes in its iptables mode for a NodePort with two endpoints (assumed, after its source). */
export const KUBE_PROXY = `*nat
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.43.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-EXT-WEB
-A KUBE-NODEPORTS -p tcp -m comment --comment "default/empty" -m tcp --dport 30081 -j KUBE-EXT-EMPTY
-A KUBE-EXT-WEB -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-WEB -j KUBE-SVC-WEB
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SVC-WEB ! -s 10.42.0.0/16 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-WEB -m comment --comment "default/web:http -> 10.42.0.5:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
-A KUBE-SVC-WEB -m comment --comment "default/web:http -> 10.42.0.6:8080" -j KUBE-SEP-B
-A KUBE-SEP-A -s 10.42.0.5/32 -m comment --comment "default/web:http" -j KUBE-MARK-MASQ
-A KUBE-SEP-A -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.42.0.5:8080
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.42.0.6:8080
COMMIT
`;

/** What CNI's portmap plugin writes for a hostPort (assumed, after its source). */
export const CNI = `*nat
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"1a2b\\"" -m multiport --dports 80,443 -j CNI-DN-1a2b
-A CNI-DN-1a2b -s 10.42.0.0/24 -p tcp -m tcp --dport 80 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-1a2b -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.42.0.7:8000
-A CNI-DN-1a2b -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.42.0.7:8443
COMMIT
`;
