"""The page of a certificate: complete, in both languages, and safe to open anywhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from orchestrator.adapters.certificates import certificate_page
from orchestrator.adapters.certificates.words import ROLES, STAGES, TYPES, VERDICTS
from orchestrator.adapters.library import installed_templates
from orchestrator.domain.certificate import Certificate
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Role, Waiver
from tests.audit import SIGNER
from tests.certificates import ENDED, OFFICE, THINGS, a_certificate, existed, signed

HOSTILE = "<script>alert(1)</script>'\"&{{7*7}}"


class Words(HTMLParser):
    """Collects the text of a page, by language, and the names of its elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text.append(data)


def page(certificate: Certificate) -> str:
    """Render a certificate that was signed."""
    return certificate_page(signed(certificate), installed_templates())


def words(html: str) -> Words:
    """Read a page."""
    found = Words()
    found.feed(html)
    return found


def text(html: str) -> str:
    """Give a page's text with single spaces."""
    return " ".join(" ".join(words(html).text).split())


def test_the_page_says_what_the_certificate_says() -> None:
    """What existed and when it was gone, who decided, what was shown and waived, what remains, and the signature."""
    certificate = a_certificate()
    shown = text(page(certificate))
    wanted = [certificate.id, certificate.environment, certificate.unit_name, certificate.system_name]
    wanted += [certificate.project_id, *certificate.requests, certificate.audit_head, certificate.rulebook]
    wanted += [one.name for one in certificate.existed] + [one.id for one in certificate.existed]
    wanted += [decision.by.name for decision in certificate.decisions]
    wanted += [decision.bound_to for decision in certificate.decisions] + ["材料齐全"]
    wanted += ["系统已于上周五停止对外服务，数据已迁移至新平台", "36812", certificate.waivers[0].reason]
    wanted += ["bak-01KJ2YV7A8W0T3", "2027-10-08", "app1-data", "18201"]
    wanted += [SIGNER.key_id(), SIGNER.public_key(), signed(certificate).signature]
    wanted += ["tenure certificate verify cert-01KJ31ZC7B2Q9D.json --key", "2027-04-06 09:25:00", "清查发现"]
    assert [one for one in wanted if one not in shown] == []


def test_every_heading_stands_in_both_languages() -> None:
    """Chinese first, English beside it."""
    html = page(a_certificate())
    for zh, en in [
        ("云资源回收证明", "Certificate of reclaim of cloud resources"),
        ("决定", "Decisions"),
        ("证据", "Evidence"),
        ("经决定免除的要求", "Waivers"),
        ("托管的最终备份", "Final backup in escrow"),
        ("已回收的资源", "Resources that existed"),
        ("签名与核验", "Signature, and how to verify it"),
        ("时间均为北京时间", "All times are Asia/Shanghai"),
    ]:
        assert zh in html
        assert en in html
    languages = [value for name, value in words(html).attributes if name == "lang"]
    assert abs(languages.count("zh-CN") - languages.count("en")) <= 5


def test_nothing_is_loaded_from_outside() -> None:
    """No address, no script, no element that fetches; and the browser is told so."""
    html = page(a_certificate())
    found = words(html)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", html)
    assert found.elements & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "a"} == set()
    assert not [name for name, _ in found.attributes if name in {"src", "href"} or name.startswith("on")]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes


@pytest.mark.parametrize("field", ["id", "unit_name", "system_name", "project_id", "rulebook", "audit_head", "cause"])
def test_hostile_texts_are_shown_as_they_are(field: str) -> None:
    """Never as a part of the page."""
    html = page(a_certificate(**{field: HOSTILE}))
    assert "script" not in words(html).elements
    assert HOSTILE in text(html)


def test_hostile_names_of_things_are_shown_as_they_are() -> None:
    """Names in the cloud, reasons and facts are anybody's."""
    thing = existed()[0].model_copy(update={"name": HOSTILE, "id": HOSTILE, "type": HOSTILE, "by": HOSTILE})
    actor = OFFICE.model_copy(update={"name": HOSTILE})
    decision = a_certificate().decisions[0].model_copy(update={"by": actor, "reasons": HOSTILE, "verdict": HOSTILE})
    evidence = a_certificate().evidence[0].model_copy(update={"by": actor, "facts": {HOSTILE: [HOSTILE]}})
    waiver = Waiver(gate=HOSTILE, by=actor, reason=HOSTILE, at=ENDED)
    certificate = a_certificate(existed=(thing,), decisions=(decision,), evidence=(evidence,), waivers=(waiver,))
    html = page(certificate)
    assert "script" not in words(html).elements
    assert "<script" not in html
    assert text(html).count("<script>alert(1)</script>") >= 13


def test_a_short_life_has_a_page_too() -> None:
    """A test environment whose period ended: no decision, no evidence, nothing in escrow."""
    bare = {"decisions": (), "evidence": (), "waivers": (), "existed": (), "escrow": None, "ready_at": None}
    html = page(a_certificate(stage=Stage.TEST, cause="period-end", unit_name="", project_id="", **bare))
    shown = text(html)
    assert shown.count("无 none") == 4
    assert "因测试期满终止" in shown
    assert "was ended by the end of its test period" in shown
    assert "不再留存任何内容" in shown
    assert "Nothing remains." in shown


def test_remains_are_not_hidden() -> None:
    """No such certificate is issued; a page of one says it."""
    shown = text(page(a_certificate(remaining=("volume 7",))))
    assert "volume 7" in shown
    assert "1 were still there" in shown
    assert "nothing was left" not in shown


def test_every_word_has_both_languages() -> None:
    """Each role, stage and verdict; and each kind of thing in the sample."""
    assert set(ROLES) == set(Role)
    assert set(STAGES) == set(Stage)
    assert {kind for _, kind, _ in THINGS} <= set(TYPES)
    assert all(word.zh and word.en for known in (ROLES, STAGES, VERDICTS, TYPES) for word in known.values())
