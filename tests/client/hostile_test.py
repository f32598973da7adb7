# SPDX-License-Identifier: MIT
"""Clients that are broken or mean: each gets the stream error that RFC 6120 4.9.3 names, the server's memory stays
bounded, and two others who chat meanwhile notice nothing."""
import base64
import contextlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import threading
import unittest

import kit
from kit import CLIENT, HEADER, SASL, STANZA_ERRORS, Closed, Wire, chat, login

MIB = 1024 * 1024


class WithServer(unittest.TestCase):
    """A server, and romeo and juliet on it, who must be able to talk after each test."""
    options = {}
    growth = 48 * MIB  # what one test may make the server's memory grow by, at its highest

    @classmethod
    def setUpClass(cls):
        cls.server = kit.Server(**cls.options).start()
        cls.addClassCleanup(cls.server.remove)
        kit.register(cls.server, "romeo", "juliet", "tybalt", "mercutio")
        cls.romeo = login(cls.server, "romeo")
        cls.juliet = login(cls.server, "juliet")

    def setUp(self):
        self.server.forget_peak()
        self.before = self.server.memory()
        self.wires = []

    def tearDown(self):
        for wire in self.wires:
            wire.close()
        self.assertTrue(self.server.alive(), self.server.log())
        self.others_chat()
        if not self.server.sanitized():
            self.assertLess(self.server.memory("VmHWM") - self.before, self.growth)

    def others_chat(self):
        for sender, receiver in ((self.romeo, self.juliet), (self.juliet, self.romeo)):
            text = os.urandom(8).hex()
            sender.send(chat(receiver.jid, text))
            receiver.until(lambda element: kit.body(element) == text)

    def wire(self, how="direct", **options):
        self.wires.append(Wire(self.server, how, **options))
        return self.wires[-1]

    def tybalt(self, **options):
        self.wires.append(login(self.server, "tybalt", **options))
        return self.wires[-1]


class BeforeLogin(WithServer):
    def expect(self, condition, sent, how="direct"):
        wire = self.wire(how)
        wire.send(sent)
        self.assertEqual(wire.stream_error(), condition)

    def header(self, **changes):
        values = {"default": "jabber:client", "streams": kit.STREAMS, "to": " to='localhost'",
                  "version": " version='1.0'", "more": ""}
        values.update(changes)
        return ("<stream:stream xmlns='{default}' xmlns:stream='{streams}'{to}{version}{more}>").format(**values)

    def expect_too_large(self, sent):
        """policy-violation, unless the connection was reset because more came than the server was willing to read."""
        wire = self.wire()
        try:
            wire.send(sent)
            self.assertEqual(wire.stream_error(), "policy-violation")
        except (Closed, OSError):
            pass

    # ---- Headers (RFC 6120 4.7, 4.8, 4.9.3) ---------------------------------------------------------------------------

    def test_host_that_is_not_served(self):
        self.expect("host-unknown", self.header(to=" to='example.net'"))

    def test_no_host(self):
        self.expect("improper-addressing", self.header(to=""))

    def test_versions(self):
        for version in ("", " version='0.9'", " version=''", " version='x'"):
            with self.subTest(version):
                self.expect("unsupported-version", self.header(version=version))

    def test_stream_namespace(self):
        self.expect("invalid-namespace", self.header(streams="http://example.net/streams"))

    def test_content_namespace(self):
        for namespace in ("jabber:server", "urn:example", ""):
            with self.subTest(namespace):
                self.expect("invalid-namespace", self.header(default=namespace))

    def test_another_root_element(self):
        self.expect("bad-format", "<stream:feed xmlns='jabber:client' "
                    "xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>")

    def test_not_xml(self):
        for noise in ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "hello", "<<<", "\x16\x03\x01"):
            for how in ("direct", "plain"):
                with self.subTest(noise, how=how):
                    self.expect("not-well-formed", noise, how)

    def test_another_encoding_is_declared(self):
        self.expect("unsupported-encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + HEADER)

    def test_utf_16(self):
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            with self.subTest(encoding):
                wire = self.wire()
                wire.send(("<?xml version='1.0'?>" + HEADER).encode(encoding))
                self.assertIn(wire.stream_error(), ("unsupported-encoding", "not-well-formed"))

    def test_xml_1_1_or_a_late_declaration(self):
        self.expect("not-well-formed", HEADER + " <?xml version='1.0'?>")

    # ---- What XMPP's XML may not hold (RFC 6120 11.1) -----------------------------------------------------------------

    def test_dtd(self):
        self.expect("restricted-xml", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>" + HEADER)

    def test_billion_laughs(self):
        laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
        self.expect("restricted-xml", f"<!DOCTYPE a [<!ENTITY l0 'lol'>{laughs}]>" + HEADER + "<a>&l9;</a>")

    def test_external_entity(self):
        self.expect("restricted-xml", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + HEADER + "<a>&x;</a>")
        self.expect("restricted-xml", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'>" + HEADER)

    def test_entity_that_nobody_declared(self):
        wire = self.wire()
        wire.send(HEADER + "<a xmlns='urn:example'>&lol;</a>")
        self.assertIn(wire.stream_error(), ("restricted-xml", "not-well-formed"))

    def test_comment_and_processing_instruction(self):
        for restricted in ("<!-- a comment -->", "<?php echo 1 ?>"):
            with self.subTest(restricted):
                self.expect("restricted-xml", HEADER + restricted)

    def test_broken_xml(self):
        for broken in ("<a></b>", "<a b=c>", "<a b='1' b='2'/>", "<a &/>", "<a b='<'/>", "<iq>\0</iq>", "<a>&#0;</a>",
                       "<a>&#x1F;</a>", "<a>]]></a>", "</a>"):
            with self.subTest(broken):
                self.expect("not-well-formed", HEADER + broken)

    def test_the_same_attribute_by_two_prefixes(self):
        self.expect("not-well-formed", HEADER + "<a xmlns:x='urn:e' xmlns:y='urn:e' x:b='1' y:b='2'/>")

    def test_prefix_that_is_not_bound(self):
        for unbound in ("<x:a/>", "<a x:b='1'/>"):
            with self.subTest(unbound):
                self.expect("not-well-formed", HEADER + unbound)

    def test_invalid_utf_8(self):
        for octets in (b"\xff", b"\xc3\x28", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            with self.subTest(octets):
                wire = self.wire()
                wire.send(HEADER.encode() + b"<a>" + octets + b"</a>")
                self.assertIn(wire.stream_error(), ("not-well-formed", "unsupported-encoding", "bad-format"))

    # ---- Sizes --------------------------------------------------------------------------------------------------------

    def test_large_element(self):
        self.expect_too_large(HEADER + "<auth xmlns='urn:example'>" + "A" * 70000)
        self.expect("policy-violation", HEADER + "<auth xmlns='urn:example'>" + "A" * 65520)

    def test_large_attribute_and_name(self):
        self.expect_too_large(HEADER + "<a b='" + "A" * 70000)
        self.expect_too_large(HEADER + "<" + "a" * 70000)

    def test_large_header(self):
        self.expect_too_large("<stream:stream xmlns='jabber:client' to='" + "a" * 70000)

    def test_mebibytes_that_nobody_waits_for(self):
        wire = self.wire()
        with self.assertRaises((Closed, OSError)):
            for _ in range(64):
                wire.send(HEADER + "<a>" + "x" * MIB)
            wire.end()
            raise Closed("it took them all")

    def test_depth(self):
        self.expect("policy-violation", HEADER + "<a>" * 10000)

    def test_many_attributes(self):
        self.expect("policy-violation", HEADER + "<a" + "".join(f" a{n}=''" for n in range(2000)) + "/>")

    def test_white_space_for_ever(self):
        wire = self.wire()
        wire.open()
        for _ in range(64):
            wire.send(" " * 65536)
        self.assertTrue(wire.plain("tybalt").tag.endswith("success"))

    # ---- The order of things ------------------------------------------------------------------------------------------

    def test_stanzas_before_login(self):
        for stanza in ("<message to='juliet@localhost'><body>boo</body></message>", "<presence/>",
                       "<iq type='get' id='1' to='juliet@localhost'><query xmlns='jabber:iq:roster'/></iq>",
                       "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"):
            for how in ("direct", "plain"):
                with self.subTest(stanza, how=how):
                    self.expect("not-authorized", HEADER + stanza, how)

    def test_stanzas_before_binding(self):
        for stanza in ("<message to='juliet@localhost'><body>boo</body></message>", "<presence/>",
                       "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>"):
            with self.subTest(stanza):
                wire = self.wire()
                wire.open()
                wire.plain("tybalt")
                wire.open()
                wire.send(stanza)
                self.assertEqual(wire.stream_error(), "not-authorized")

    def test_login_without_tls(self):
        wire = self.wire("plain")
        features = wire.open()
        self.assertIsNone(features.find(f"{{{SASL}}}mechanisms"))
        self.assertEqual(wire.plain("tybalt")[0].tag, f"{{{SASL}}}encryption-required")
        wire.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")  # and the stream goes on
        self.assertTrue(wire.next().tag.endswith("}proceed"))

    def test_nothing_but_tls_before_tls(self):
        """RFC 6120 5.3.1; and no password for an account goes over a line that everybody reads."""
        wire = self.wire("plain")
        features = wire.open()
        self.assertEqual([feature.tag for feature in features], ["{urn:ietf:params:xml:ns:xmpp-tls}starttls"])
        self.assertEqual([child.tag for child in features[0]], ["{urn:ietf:params:xml:ns:xmpp-tls}required"])
        register = "<query xmlns='jabber:iq:register'>{}</query>"
        fields = "<username>early</username><password>secret</password>"
        for kind, asked in (("get", ""), ("set", fields)):
            answer = wire.query(register.format(asked), kind)
            self.assertIsNotNone(answer.find(f".//{{{STANZA_ERRORS}}}not-allowed"), kit.ET.tostring(answer))
        wire.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        wire.until(lambda element: element.tag.endswith("}proceed"))
        wire.wrap()
        features = wire.open()
        self.assertIsNotNone(features.find("{http://jabber.org/features/iq-register}register"))
        self.assertEqual(wire.query(register.format(fields), "set").get("type"), "result")

    def test_starttls_twice(self):
        wire = self.wire("starttls")
        wire.open()
        wire.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.assertTrue(wire.next().tag.endswith("}failure"))
        wire.end()

    def test_bytes_behind_starttls_are_not_believed(self):
        wire = self.wire("plain")
        wire.open()
        wire.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + HEADER)
        # With or without <proceed/>: what follows must be the end, not a stream that holds the injected header.
        wire.end()
        self.assertFalse([element for element in wire.waiting if not element.tag.endswith("}proceed")])

    def test_restart_to_another_host_or_by_another_user(self):
        wire = self.wire()
        wire.open()
        wire.plain("tybalt")
        wire.fresh()
        wire.send(HEADER.replace("localhost", "example.net"))
        self.assertEqual(wire.stream_error(), "host-unknown")

    # ---- SASL ---------------------------------------------------------------------------------------------------------

    def failure(self, wire, sent):
        wire.send(sent)
        answer = wire.next()
        self.assertEqual(answer.tag, f"{{{SASL}}}failure")
        return answer[0].tag.split("}")[1]

    def auth(self, mechanism, payload):
        return f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{payload}</auth>"

    def test_sasl_failures_leave_the_stream(self):
        wire = self.wire()
        wire.open()
        token = base64.b64encode(b"\0tybalt\0wrong").decode()
        for payload, mechanism, condition in ((token, "PLAIN", "not-authorized"),
                                              ("%%%", "PLAIN", "incorrect-encoding"),
                                              ("QUJD", "PLAIN", "malformed-request"),
                                              ("", "NONE-SUCH", "invalid-mechanism"),
                                              ("biws", "SCRAM-SHA-1", "malformed-request"),
                                              (token, "PLAIN", "not-authorized")):
            with self.subTest(payload, mechanism=mechanism):
                self.assertEqual(self.failure(wire, self.auth(mechanism, payload)), condition)
        self.assertTrue(wire.plain("tybalt").tag.endswith("success"))

    def test_abort(self):
        wire = self.wire()
        wire.open()
        wire.send(f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>"
                  + base64.b64encode(b"n,,n=tybalt,r=abcdef").decode() + "</auth>")
        self.assertTrue(wire.next().tag.endswith("challenge"))
        self.assertEqual(self.failure(wire, f"<abort xmlns='{SASL}'/>"), "aborted")
        self.assertTrue(wire.plain("tybalt").tag.endswith("success"))

    def test_response_to_nothing(self):
        wire = self.wire()
        wire.open()
        self.assertEqual(self.failure(wire, f"<response xmlns='{SASL}'>QQ==</response>"), "malformed-request")
        self.assertTrue(wire.plain("tybalt").tag.endswith("success"))

    def test_passwords_are_not_guessed_for_ever(self):
        wire = self.wire()
        wire.open()
        for number in range(100):
            wire.send(self.auth("PLAIN", base64.b64encode(b"\0nobody%d\0x" % number).decode()))
            if not wire.next().tag.endswith("failure"):
                break
            if number == 9:
                break
        self.assertGreaterEqual(number, 5)
        self.assertEqual(wire.stream_error(), "policy-violation")

    def test_unknown_user_looks_like_a_wrong_password(self):
        answers = []
        for user in (b"mercutio", b"nobody"):
            wire = self.wire()
            wire.open()
            wire.send(self.auth("SCRAM-SHA-1", base64.b64encode(b"n,,n=" + user + b",r=abcdef").decode()))
            challenge = base64.b64decode(wire.next().text)
            answers.append([part[:1] for part in challenge.split(b",")] +
                           [part for part in challenge.split(b",") if part.startswith(b"i=")])
        self.assertEqual(answers[0], answers[1])

    # ---- Connections --------------------------------------------------------------------------------------------------

    def test_alpn(self):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.wire(alpn=("http/1.1",)).open()
        self.wire(alpn=None).open()

    def test_not_tls_on_a_tls_port(self):
        raw = socket.create_connection(("127.0.0.1", self.server.ports["direct"]), kit.PATIENCE)
        self.addCleanup(raw.close)
        raw.sendall(HEADER.encode())
        try:
            while raw.recv(4096):
                pass
        except ConnectionError:
            pass

    def test_half_closed(self):
        for sent in ("", "<stream:str", HEADER, HEADER + "<auth xmlns="):
            with self.subTest(sent):
                wire = self.wire("plain")
                wire.send(sent)
                wire.socket.shutdown(socket.SHUT_WR)
                wire.end()

    def test_reset_at_every_stage(self):
        for sent in ("", "<stream:str", HEADER, HEADER + "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"):
            wire = self.wire("plain")
            wire.send(sent)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.close()

    def test_many_who_never_log_in(self):
        for _ in range(200):
            self.wire("plain").send("<stream:stream xmlns='jabber:client' ")
        self.others_chat()


class WithoutTls(WithServer):
    options = {"listen": 'required="false"'}

    def test_what_is_offered_without_tls(self):
        """Where TLS is not required all is offered but what shows a password to everybody."""
        wire = self.wire("plain")
        features = wire.open()
        starttls = features.find("{urn:ietf:params:xml:ns:xmpp-tls}starttls")
        self.assertEqual(len(starttls), 0)
        offered = [mechanism.text for mechanism in features.find(f"{{{SASL}}}mechanisms")]
        self.assertEqual(offered, ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"])
        self.assertIsNotNone(features.find("{http://jabber.org/features/iq-register}register"))  # from this machine
        self.assertEqual(wire.plain("tybalt")[0].tag, f"{{{SASL}}}encryption-required")


class AfterLogin(WithServer):
    def expect(self, condition, sent):
        wire = self.tybalt()
        wire.send(sent)
        self.assertEqual(wire.stream_error(), condition)

    def test_one_byte_at_a_time(self):
        wire = self.wire("starttls")

        def slowly(text):
            for byte in text.encode():
                wire.send(bytes([byte]))

        wire.fresh()
        slowly("<?xml version='1.0'?>" + HEADER)
        wire.next()
        slowly(self.auth_plain("tybalt"))
        self.assertTrue(wire.next().tag.endswith("success"))
        wire.fresh()
        slowly(HEADER)
        wire.next()
        slowly("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        wire.next()
        slowly("<message type='chat' to='romeo@localhost'><body>dot — dash ✓ 🐍 &amp;</body></message>")
        self.romeo.until(lambda element: kit.body(element) == "dot — dash ✓ 🐍 &")

    def auth_plain(self, user):
        token = base64.b64encode(f"\0{user}\0{kit.PASSWORD}".encode()).decode()
        return f"<auth xmlns='{SASL}' mechanism='PLAIN'>{token}</auth>"

    def test_pipelined_login(self):
        wire = self.wire()
        wire.send(HEADER + self.auth_plain("tybalt") + HEADER
                  + "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq><presence/>"
                  + chat(self.romeo.jid, "in one go"))
        self.romeo.until(lambda element: kit.body(element) == "in one go")

    def test_two_logins_in_one_stream(self):
        wire = self.tybalt()
        wire.send(self.auth_plain("romeo"))
        self.assertIn(wire.stream_error(), ("unsupported-stanza-type", "not-authorized", "policy-violation"))

    def test_large_stanzas(self):
        wire = self.tybalt()
        wire.send(chat(self.romeo.jid, "x" * 400_000))
        self.romeo.until(lambda element: len(kit.body(element) or "") == 400_000)
        wire.send(chat(self.romeo.jid, "y" * MIB))
        self.assertEqual(wire.stream_error(), "policy-violation")

    def test_a_stanza_that_grows_when_it_is_written(self):
        namespace = "urn:" + "a" * 900
        self.expect("policy-violation", f"<message xmlns:a='{namespace}' to='{self.romeo.jid}'>" + "<a:b/>" * 60000)

    def test_depth(self):
        self.expect("policy-violation", f"<message to='{self.romeo.jid}'>" + "<a>" * 10000)
        deep = 60
        wire = self.tybalt()
        wire.send(f"<message to='{self.romeo.jid}' id='deep'>" + "<a>" * deep + "</a>" * deep + "</message>")
        self.romeo.until(lambda element: element.get("id") == "deep")

    def test_restricted_xml(self):
        for restricted in ("<!-- c -->", "<?pi?>", "<message><!-- c --></message>", "<message><?pi?></message>"):
            with self.subTest(restricted):
                self.expect("restricted-xml", restricted)

    def test_broken_xml(self):
        for broken in ("<message><body>a</message>", "<message a='1' a='2'/>", "<message>\x01</message>"):
            with self.subTest(broken):
                self.expect("not-well-formed", broken)

    def test_spoofed_from(self):
        for sender in ("romeo@localhost", self.romeo.jid, "localhost", "tybalt@localhost/other", "@", "tybalt@example.net"):
            with self.subTest(sender):
                self.expect("invalid-from", f"<message from='{sender}' to='juliet@localhost'><body>liar</body></message>")

    def test_own_from(self):
        wire = self.tybalt()
        for sender in (wire.jid, "tybalt@localhost"):
            wire.send(f"<message from='{sender}' to='{self.romeo.jid}' type='chat'><body>it is {sender}</body></message>")
            message = self.romeo.until(lambda element: kit.body(element) == f"it is {sender}")
            self.assertEqual(message.get("from"), wire.jid)

    def test_unknown_elements(self):
        for element in ("<what xmlns='jabber:client'/>", "<message xmlns='urn:example'/>", "<a xmlns='urn:example'/>"):
            with self.subTest(element):
                self.expect("unsupported-stanza-type", element)

    def test_stanzas_of_other_streams(self):
        for namespace in ("jabber:server", "jabber:component:accept"):
            for name in ("message", "presence", "iq", "what"):
                with self.subTest(namespace, name=name):
                    self.expect("invalid-namespace", f"<{name} xmlns='{namespace}' to='{self.romeo.jid}'/>")
        kit.ping(self.romeo)
        self.assertFalse([element for element in self.romeo.waiting if "tybalt" in element.get("from", "")
                          and element.tag.endswith("}message")])

    def test_text_between_stanzas(self):
        wire = self.tybalt()
        wire.send(" \n\t ")
        kit.ping(wire)
        wire.send("hello?")
        self.assertIn(wire.stream_error(), ("bad-format", "not-well-formed", "invalid-xml", "policy-violation"))

    def test_stanza_errors_not_stream_errors(self):
        wire = self.tybalt()
        for sent, condition in (
                ("<iq type='what' id='1'><a xmlns='urn:e'/></iq>", "bad-request"),
                ("<iq type='get' id='2'/>", "bad-request"),
                ("<iq type='get' id='3'><a xmlns='urn:e'/><b xmlns='urn:e'/></iq>", "bad-request"),
                ("<iq type='get' id='4'><a xmlns='urn:nobody-knows'/></iq>", "service-unavailable"),
                ("<iq type='get' id='5' to='@@'><a xmlns='urn:e'/></iq>", "jid-malformed"),
                ("<message id='6' to='a@b@c'><body>x</body></message>", "jid-malformed"),
                ("<presence id='7' type='strange'/>", "bad-request"),
                ("<presence id='8'><priority>200</priority></presence>", "bad-request"),
                ("<presence id='8'><priority>high</priority></presence>", "bad-request"),
                ("<message id='9' to='nobody@localhost' type='chat'><body>x</body></message>", "service-unavailable"),
                ("<iq type='get' id='10' to='romeo@localhost/nowhere'><a xmlns='urn:e'/></iq>", "service-unavailable")):
            with self.subTest(sent):
                wire.send(sent)
                error = wire.until(lambda element: element.get("type") == "error")
                self.assertIsNotNone(error.find(f".//{{{STANZA_ERRORS}}}{condition}"), kit.ET.tostring(error))
        kit.ping(wire)

    def test_acknowledging_what_was_never_sent(self):
        wire = self.tybalt()
        wire.send("<enable xmlns='urn:xmpp:sm:3'/>")
        wire.until(lambda element: element.tag.endswith("}enabled"))
        wire.send("<a xmlns='urn:xmpp:sm:3' h='1000'/>")
        self.assertEqual(wire.stream_error(), "undefined-condition")

    def test_bad_acknowledgement(self):
        self.expect_sm("bad-format", "<a xmlns='urn:xmpp:sm:3' h='many'/>")

    def expect_sm(self, condition, sent):
        wire = self.tybalt()
        wire.send("<enable xmlns='urn:xmpp:sm:3'/>" + sent)
        self.assertEqual(wire.stream_error(), condition)

    def test_half_closed_session(self):
        """The end of input ends the session, and contacts are told."""
        wire = self.tybalt()
        wire.send("<presence to='romeo@localhost/r'/>")
        self.romeo.until(lambda element: element.get("from") == wire.jid)
        wire.socket.shutdown(socket.SHUT_WR)
        gone = self.romeo.until(lambda element: element.get("from") == wire.jid)
        self.assertEqual(gone.get("type"), "unavailable")

    def test_the_end_is_answered(self):
        wire = self.tybalt()
        wire.send(chat(self.romeo.jid, "last words") + "</stream:stream>" + chat(self.romeo.jid, "from beyond"))
        self.romeo.until(lambda element: kit.body(element) == "last words")
        wire.end()
        self.assertTrue(wire.ended)  # its </stream:stream> came
        kit.ping(self.romeo)
        self.assertNotIn("from beyond", [kit.body(element) for element in self.romeo.waiting])

    def test_flood_of_queries_and_presence(self):
        wire = self.tybalt()
        count = 4000
        for start in range(0, count, 100):
            wire.send("".join(
                f"<iq type='get' id='f{n}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
                f"<presence><status>{n}</status></presence>" for n in range(start, start + 100)))
        answers, presence = [], []
        while len(answers) < count or len(presence) < count:
            element = wire.next()
            if element.tag == f"{{{CLIENT}}}iq":
                self.assertEqual(element.get("type"), "result")
                answers.append(element.get("id"))
            elif element.tag == f"{{{CLIENT}}}presence" and element.get("from") == wire.jid:
                presence.append(element.findtext(f"{{{CLIENT}}}status"))
        self.assertEqual(answers, [f"f{n}" for n in range(count)])
        self.assertEqual(presence, [str(n) for n in range(count)])

    def test_resources_without_number(self):
        refused = 0
        for number in range(40):
            wire = self.wire()
            wire.open()
            wire.plain("tybalt")
            wire.open()
            answer = wire.query("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", "set")
            refused += answer.get("type") == "error"
        self.assertGreater(refused, 0)

    def test_taken_resource(self):
        first = self.tybalt(resource="same")
        self.tybalt(resource="same")
        self.assertEqual(first.stream_error(), "conflict")


class OneResource(unittest.TestCase):
    """Clients on connections of their own, accepted by several shards, that ask for one resource at the same moment."""

    def race(self, conflict, count=12):
        server = kit.Server(c2s=f'conflict="{conflict}"', shards=4).start()
        self.addCleanup(server.remove)
        kit.register(server, "romeo")
        token = base64.b64encode(f"\0romeo\0{kit.PASSWORD}".encode()).decode()
        wires = []
        for _ in range(count):
            wire = Wire(server)
            self.addCleanup(wire.close)
            wire.send(HEADER + f"<auth xmlns='{SASL}' mechanism='PLAIN'>{token}</auth>")
            while not wire.next().tag.endswith("}success"):
                pass
            wire.fresh()
            wires.append(wire)
        ready = threading.Barrier(count)

        def ask(wire):
            ready.wait(kit.PATIENCE)
            wire.send(HEADER + "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                      "<resource>same</resource></bind></iq>")

        threads = [threading.Thread(target=ask, args=(wire,)) for wire in wires]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return server, wires, [wire.until(lambda element: element.get("id") == "b") for wire in wires]

    def bound(self, answers):
        return [answer[0][0].text for answer in answers if answer.get("type") == "result"]

    def test_the_last_one_has_it(self):
        server, wires, answers = self.race("replace")
        self.assertEqual(self.bound(answers), ["romeo@localhost/same"] * len(wires))
        left = []
        for wire in wires:
            try:
                kit.ping(wire)
                left.append(wire)
            except Closed:
                pass
            except kit.ET.ParseError:
                pass
        self.assertEqual(len(left), 1)

    def test_the_first_one_keeps_it(self):
        server, wires, answers = self.race("refuse")
        self.assertEqual(self.bound(answers), ["romeo@localhost/same"])
        for wire, answer in zip(wires, answers):
            if answer.get("type") == "error":
                self.assertIsNotNone(answer.find(f".//{{{STANZA_ERRORS}}}conflict"))
                wire.bind(os.urandom(4).hex())  # the stream can still be used
            kit.ping(wire)

    def test_each_one_gets_another(self):
        server, wires, answers = self.race("rename")
        names = self.bound(answers)
        self.assertEqual(len(set(names)), len(wires))
        self.assertEqual(names.count("romeo@localhost/same"), 1)
        for wire in wires:
            kit.ping(wire)


class SlowReader(WithServer):
    options = {"host": '<offline limit="1000000"/>'}
    growth = 190 * MIB  # 36 MB of messages are kept three times (two archives), and the store's pages are mapped

    def test_a_client_that_does_not_read(self):
        """Bounded memory, its session is closed, and what it was sent reaches it in the end."""
        slow = login(self.server, "mercutio", receive_buffer=4096)
        self.wires.append(slow)
        flood, count, filling = self.tybalt(), 6000, "x" * 6000
        for number in range(count):
            flood.send(chat("mercutio@localhost", f"{number} {filling}"))
        kit.ping(flood)
        self.server.wait_for_line(r"session ended.*mercutio.*policy-violation")
        got = []
        try:
            while True:
                text = kit.body(slow.next())
                if text is not None:
                    got.append(int(text.split()[0]))
        except Closed:
            pass
        again = login(self.server, "mercutio", presence=False)
        self.wires.append(again)
        again.send("<presence/>")
        missing = set(range(count)) - set(got)
        while missing:
            text = kit.body(again.next())
            if text is not None:
                number = int(text.split()[0])
                got.append(number)
                missing.discard(number)
        kit.ping(again)
        twice = len(got) - len(set(got))
        self.assertLessEqual(twice, 100)  # what TCP had not yet acknowledged at the end; without XEP-0198 nobody knows

    def test_many_clients_that_do_not_read(self):
        slow = [login(self.server, "mercutio", f"s{n}", receive_buffer=4096) for n in range(8)]
        self.wires.extend(slow)
        flood = self.tybalt()
        for number in range(2000):
            flood.send(f"<message to='mercutio@localhost' type='headline'><body>{'x' * 4000}</body></message>")
        kit.ping(flood)
        self.others_chat()

    def test_queries_whose_answers_nobody_reads(self):
        wire = login(self.server, "tybalt", "deaf", receive_buffer=4096)
        self.wires.append(wire)
        wire.socket.settimeout(5)
        query = "<iq type='get' id='%s' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        try:
            for number in range(30000):
                wire.send(query % number)
        except (TimeoutError, OSError):
            pass  # it stopped reading, or it hung up: both keep memory bounded
        self.others_chat()


class FewFiles(WithServer):
    options = {"open_files": 64}

    def test_too_many_open_files(self):
        self.others_chat()  # the undefined behaviour sanitizer needs a file for what it sees for the first time
        wires = []
        for _ in range(100):
            wires.append(Wire(self.server, "plain"))
        self.server.wait_for_line("accepting pauses")
        self.others_chat()
        before = self.server.processor_time()
        threading.Event().wait(1)
        self.assertLess(self.server.processor_time() - before, 0.5, "it spins while it cannot accept")
        for wire in wires:
            wire.close()
        self.tybalt()


class Process(unittest.TestCase):
    """Signals, and one server per data folder."""

    def server(self, **options):
        server = kit.Server(**options).start()
        self.addCleanup(server.remove)
        kit.register(server, "romeo", "juliet")
        return server

    def test_second_server_on_the_same_data(self):
        server = self.server()
        second = subprocess.run(server.command(), capture_output=True, timeout=kit.PATIENCE,
                                preexec_fn=kit.die_with_parent)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(b"epode:", second.stderr)
        kit.ping(login(server, "romeo"))

    def test_second_server_on_the_same_port(self):
        """Of the same user, with the same option to share a port among threads."""
        server = self.server()
        ports = server.ports["starttls"], server.ports["direct"]
        second = kit.Server(ports=ports)
        self.addCleanup(second.remove)
        with self.assertRaisesRegex(RuntimeError, f"cannot listen on 127.0.0.1 port {ports[0]}: in use"):
            second.start()

    def test_hangup_loads_certificates_and_keeps_sessions(self):
        server = self.server()
        romeo = login(server, "romeo")
        before = romeo.socket.getpeercert(binary_form=True)
        tls = os.path.join(server.folder, "data", "tls")
        for name in os.listdir(tls):
            os.unlink(os.path.join(tls, name))
        server.process.send_signal(signal.SIGHUP)
        deadline = kit.time.monotonic() + kit.PATIENCE
        while login(server, "juliet").socket.getpeercert(binary_form=True) == before:
            self.assertLess(kit.time.monotonic(), deadline, "the old certificate is still in use")
        kit.ping(romeo)

    def test_hangup_opens_the_log_again(self):
        server = kit.Server(epode='log-file="log"')
        self.addCleanup(server.remove)
        path = os.path.join(server.folder, "log")
        process = subprocess.Popen(server.command(), preexec_fn=kit.die_with_parent, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: os.path.exists(path) and "tls=direct" in open(path).read())
        os.rename(path, path + ".1")
        process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: os.path.exists(path))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(kit.PATIENCE), 0)
        self.assertIn("stopped", open(path).read())

    def wait_until(self, condition):
        deadline = kit.time.monotonic() + kit.PATIENCE
        while not condition():
            self.assertLess(kit.time.monotonic(), deadline)
            kit.time.sleep(0.01)

    def test_termination_says_so_and_loses_nothing(self):
        server = self.server(host='<offline limit="1000000"/>')
        romeo = login(server, "romeo")
        romeo.send("<enable xmlns='urn:xmpp:sm:3'/>")
        romeo.until(lambda element: element.tag.endswith("}enabled"))
        for number in range(500):
            romeo.send(chat("juliet@localhost", number))
        romeo.send("<r xmlns='urn:xmpp:sm:3'/>")
        first = romeo.until(lambda element: element.tag.endswith("}a"))
        server.process.send_signal(signal.SIGTERM)
        acknowledged = int(first.get("h"))
        condition = None
        try:
            while True:
                element = romeo.next()
                if element.tag.endswith("}a"):
                    acknowledged = int(element.get("h"))
                elif element.tag.endswith("}error"):
                    condition = element[0].tag.split("}")[1]
                    with contextlib.suppress(OSError):  # the server may have had enough of waiting
                        romeo.send("</stream:stream>")
        except Closed:
            pass
        self.assertEqual(condition, "system-shutdown")
        self.assertEqual(server.stop(), 0)
        server.start()
        juliet = login(server, "juliet", presence=False)
        juliet.send("<presence/>")
        got = [int(text) for text in kit.read_bodies(juliet, acknowledged)]
        self.assertEqual(got, list(range(acknowledged)))

    def test_termination_does_not_wait_for_the_deaf(self):
        server = self.server(epode='shutdown-timeout="2s"')
        romeo, juliet = login(server, "romeo", receive_buffer=4096), login(server, "juliet")
        for _ in range(60):
            juliet.send(chat("romeo@localhost/r", "x" * 4000))
        # A query's result would wait for what Romeo does not read, until he is thrown out for that.
        juliet.send(chat(juliet.jid, "all sent"))
        self.assertEqual(kit.read_bodies(juliet, 1), ["all sent"])
        self.assertEqual(server.stop(), 0)
        self.assertIn("session ended jid=romeo@localhost/r reason=system-shutdown", server.log())
        romeo.close()


if __name__ == "__main__":
    kit.main()
