# SPDX-License-Identifier: MIT
"""A second, independent client: slixmpp against the real server, with its own idea of each specification."""
import asyncio
import logging
import os
import sys
import unittest

import kit

try:
    import slixmpp
    from slixmpp.exceptions import IqError
except ImportError:
    print("skipped: python3-slixmpp is not installed")
    sys.exit(kit.SKIPPED)

PLUGINS = ("xep_0012", "xep_0030", "xep_0045", "xep_0049", "xep_0054", "xep_0077", "xep_0092", "xep_0191", "xep_0199", "xep_0202",
           "xep_0203", "xep_0280")


class Person(slixmpp.ClientXMPP):
    def __init__(self, name, resource="r"):
        super().__init__(f"{name}@localhost/{resource}", kit.PASSWORD)
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = kit.ssl.CERT_NONE
        self.events = {}
        for event in ("session_start", "failed_all_auth", "message", "changed_status", "roster_update",
                      "presence_subscribe", "presence_subscribed", "carbon_received", "carbon_sent", "disconnected",
                      "blocked", "groupchat_message", "groupchat_invite"):
            self.events[event] = asyncio.Queue()
            self.add_event_handler(event, self.events[event].put_nowait)

    async def happens(self, event, wanted=lambda given: True):
        while True:
            given = await asyncio.wait_for(self.events[event].get(), kit.PATIENCE)
            if wanted(given):
                return given

    async def come(self, port, presence=True):
        self.connect(("127.0.0.1", port))
        await self.happens("session_start")
        if presence:
            self.send_presence()
            await self.happens("changed_status", lambda given: given["from"] == self.boundjid)
        return self


class Slixmpp(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = kit.Server().start()
        cls.addClassCleanup(cls.server.remove)

    async def asyncSetUp(self):
        self.people = []

    async def asyncTearDown(self):
        for person in self.people:
            person.abort()
            person.send_queue = asyncio.Queue()

    async def person(self, name, resource="r", presence=True):
        one = Person(name, resource)
        self.people.append(one)
        return await one.come(self.server.ports["starttls"], presence)

    def accounts(self, *names):
        """Accounts of this test alone."""
        unique = [f"{name}-{os.urandom(4).hex()}" for name in names]
        kit.register(self.server, *unique)
        return unique

    async def test_registers_and_logs_in(self):
        name = "new-" + os.urandom(4).hex()
        one = Person(name)
        self.people.append(one)

        async def register(form):
            answer = one.Iq()
            answer["type"] = "set"
            answer["register"]["username"], answer["register"]["password"] = name, kit.PASSWORD
            await answer.send()

        one.add_event_handler("register", register)
        one._always_send_everything = True  # slixmpp 1.8.3 holds its own registration back until it has logged in
        await one.come(self.server.ports["starttls"])
        self.assertEqual(one.boundjid.bare, f"{name}@localhost")
        # It says "y" although -PLUS was offered, for on TLS 1.3 it can bind to nothing: a downgrade, as far as anybody knows.
        self.server.wait_for_line(rf"logged in account={name}@localhost mechanism=PLAIN ")

    async def test_chat_and_presence(self):
        romeo_name, juliet_name = self.accounts("romeo", "juliet")
        romeo, juliet = await self.person(romeo_name), await self.person(juliet_name)
        romeo.send_presence_subscription(juliet.boundjid.bare, ptype="subscribe")
        await juliet.happens("presence_subscribe")  # slixmpp grants and asks back by itself
        await romeo.happens("changed_status", lambda given: given["from"] == juliet.boundjid)
        await juliet.happens("changed_status", lambda given: given["from"] == romeo.boundjid)
        romeo.send_message(juliet.boundjid, "soft", mtype="chat")
        self.assertEqual((await juliet.happens("message"))["body"], "soft")
        juliet.send_message(romeo.boundjid, "ay me", mtype="chat")
        self.assertEqual((await romeo.happens("message"))["body"], "ay me")
        roster = (await romeo.get_roster())["roster"]["items"]
        self.assertEqual(roster[slixmpp.JID(juliet.boundjid.bare)]["subscription"], "both")

    async def test_roster(self):
        romeo = await self.person(*self.accounts("romeo"))
        await romeo.update_roster("nurse@localhost", name="Nurse", groups=["Capulet"])
        item = (await romeo.get_roster())["roster"]["items"][slixmpp.JID("nurse@localhost")]
        self.assertEqual((item["name"], item["groups"], item["subscription"]), ("Nurse", ["Capulet"], "none"))
        await romeo.del_roster_item("nurse@localhost")
        self.assertNotIn(slixmpp.JID("nurse@localhost"), (await romeo.get_roster())["roster"]["items"])

    async def test_carbons(self):
        romeo_name, juliet_name = self.accounts("romeo", "juliet")
        romeo, laptop = await self.person(romeo_name), await self.person(romeo_name, "laptop")
        juliet = await self.person(juliet_name)
        await laptop["xep_0280"].enable()
        romeo.send_message(juliet.boundjid, "two devices", mtype="chat")
        carbon = await laptop.happens("carbon_sent")
        self.assertEqual(carbon["carbon_sent"]["body"], "two devices")
        juliet.send_message(romeo.boundjid, "indeed", mtype="chat")
        carbon = await laptop.happens("carbon_received")
        self.assertEqual(carbon["carbon_received"]["body"], "indeed")

    async def test_blocking(self):
        romeo_name, juliet_name = self.accounts("romeo", "juliet")
        romeo, juliet = await self.person(romeo_name), await self.person(juliet_name)
        await juliet["xep_0191"].block(romeo.boundjid.bare)
        blocked = (await juliet["xep_0191"].get_blocked())["blocklist"]["items"]
        self.assertEqual([str(jid) for jid in blocked], [romeo.boundjid.bare])
        romeo.send_message(juliet.boundjid, "let me in", mtype="chat")
        with self.assertRaises(IqError):
            await romeo["xep_0199"].send_ping(juliet.boundjid)
        await juliet["xep_0191"].unblock(romeo.boundjid.bare)
        romeo.send_message(juliet.boundjid, "thank you", mtype="chat")
        self.assertEqual((await juliet.happens("message"))["body"], "thank you")

    async def test_queries(self):
        romeo = await self.person(*self.accounts("romeo"))
        await romeo["xep_0199"].send_ping(slixmpp.JID("localhost"))
        info = (await romeo["xep_0030"].get_info("localhost"))["disco_info"]
        self.assertIn("urn:xmpp:ping", info["features"])
        self.assertIn(("server", "im"), [identity[:2] for identity in info["identities"]])
        await romeo["xep_0030"].get_items("localhost")
        version = await romeo["xep_0092"].get_version("localhost")
        self.assertTrue(version["software_version"]["name"])
        uptime = await romeo["xep_0012"].get_last_activity("localhost")
        self.assertGreaterEqual(uptime["last_activity"]["seconds"], 0)
        time = await romeo["xep_0202"].get_entity_time("localhost")
        utc = time.xml.findtext(".//{urn:xmpp:time}utc")  # slixmpp 1.8.3 fails over its own "...ZZ" when it reads this
        self.assertRegex(utc, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

    async def test_vcard_and_private_storage(self):
        romeo = await self.person(*self.accounts("romeo"))
        vcard = romeo["xep_0054"].make_vcard()
        vcard["FN"] = "Romeo Montague"
        await romeo["xep_0054"].publish_vcard(vcard)
        got = await romeo["xep_0054"].get_vcard(slixmpp.JID(romeo.boundjid.bare))
        self.assertEqual(got["vcard_temp"]["FN"], "Romeo Montague")
        note = kit.ET.fromstring("<notes xmlns='urn:example:notes'><line>a &amp; b</line></notes>")
        store = romeo.Iq()
        store["type"] = "set"
        query = kit.ET.SubElement(store.xml, "{jabber:iq:private}query")
        query.append(note)
        await store.send()
        load = romeo.Iq()
        load["type"] = "get"
        query = kit.ET.SubElement(load.xml, "{jabber:iq:private}query")
        kit.ET.SubElement(query, "{urn:example:notes}notes")
        answer = await load.send()
        self.assertEqual(answer.xml.findtext(".//{urn:example:notes}line"), "a & b")

    async def test_offline(self):
        romeo_name, juliet_name = self.accounts("romeo", "juliet")
        romeo = await self.person(romeo_name)
        romeo.send_message(f"{juliet_name}@localhost", "sleep well", mtype="chat")
        await romeo["xep_0199"].send_ping(slixmpp.JID("localhost"))
        juliet = await self.person(juliet_name)
        message = await juliet.happens("message")
        self.assertEqual(message["body"], "sleep well")
        self.assertTrue(message["delay"]["stamp"])

    async def test_rooms(self):
        romeo_name, juliet_name = self.accounts("romeo", "juliet")
        romeo, juliet = await self.person(romeo_name), await self.person(juliet_name)
        room = slixmpp.JID(f"room-{os.urandom(4).hex()}@conference.localhost")
        here, there = romeo["xep_0045"], juliet["xep_0045"]
        own, _, _, _ = await here.join_muc_wait(room, "romeo", timeout=kit.PATIENCE)
        self.assertIn(201, own["muc"]["status_codes"])
        form = await here.get_room_config(room)
        form["type"] = "submit"
        form["values"] = {**form["values"], "muc#roomconfig_persistentroom": True, "muc#roomconfig_roomname": "Orchard"}
        await here.set_room_config(room, form)
        here.invite(room, juliet.boundjid.bare, reason="the moon")
        self.assertEqual((await juliet.happens("groupchat_invite"))["from"].bare, room)
        romeo.send_message(room, "But, soft!", mtype="groupchat")
        await romeo.happens("groupchat_message")
        _, _, occupants, history = await there.join_muc_wait(room, "juliet", timeout=kit.PATIENCE)
        self.assertIn("romeo", [presence["from"].resource for presence in occupants])
        self.assertEqual([message["body"] for message in history], ["But, soft!"])
        await here.set_affiliation(room, affiliation="admin", jid=juliet.boundjid.bare)
        self.assertEqual(await here.get_affiliation_list(room, "admin"), [slixmpp.JID(juliet.boundjid.bare)])
        with self.assertRaises(IqError):
            await there.destroy(room)
        self.assertIn("muc_persistent", (await juliet["xep_0030"].get_info(room))["disco_info"]["features"])
        await here.destroy(room, reason="morning")
        with self.assertRaises(IqError):
            await juliet["xep_0030"].get_info(room)


if __name__ == "__main__":
    logging.basicConfig(level=os.environ.get("SLIXMPP_LOG", "CRITICAL"))
    kit.main()
