"""What the demo businesses show and say of themselves: two albums of painted pictures each, and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from PIL import Image

from holdfast.main.demo import motifs
from holdfast.main.demo.paint import Colour, Size

Motif = Callable[[Size, tuple[Colour, ...], Random], Image.Image]
_UPRIGHT: Size = (1200, 1500)


@dataclass(frozen=True, slots=True)
class Painting:
    """One picture: what is painted, in which colours, by which chance, and what it shows in words."""

    motif: Motif
    seed: int
    colours: tuple[str, ...]
    alt: str
    caption: str = ""
    album: str = ""
    size: Size = _UPRIGHT

    @property
    def palette(self) -> tuple[Colour, ...]:
        return tuple((int(each[:2], 16), int(each[2:4], 16), int(each[4:], 16)) for each in self.colours)


@dataclass(frozen=True, slots=True)
class DemoPortfolio:
    """The first painting is the one beside the greeting. `texts` by language."""

    paintings: tuple[Painting, ...]
    albums: tuple[str, ...] = ()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()


_PAPER = ("faf2ec", "e2cec2")
_ROSE_SILK = ("461e26", "b0686f", "ecbebe", "fff0ec")

GLOW = DemoPortfolio(
    albums=("Colour", "Backstage"),
    paintings=(
        Painting(
            motifs.pans,
            4,
            ("f4e6de", "d2b8ac", "ba6062", "dea492", "96463f", "ecc8b4", "c4806e", "6e3a38"),
            "Six pans of pressed powder, rose to plum, on a pale table",
        ),
        Painting(
            motifs.strokes,
            11,
            (*_PAPER, "a83a42", "ce766e", "e2aa98", "802834"),
            "Four brush strokes of lip colour on cream paper, from red to nude",
            "Reds and nudes, mixed by hand",
            "Colour",
        ),
        Painting(
            motifs.silk,
            23,
            _ROSE_SILK,
            "Folds of rose silk in side light",
            "The wrap for bridal days",
            "Backstage",
        ),
        Painting(
            motifs.pans,
            31,
            ("efe0d8", "c8aa9e", "8e4a52", "c47f78", "e3b7a4", "5e2f38"),
            "Four pans of matte eye shadow from mauve to shell",
            "A soft evening",
            "Colour",
        ),
        Painting(
            motifs.lights,
            5,
            ("140c16", "3a2430", "ffc48c", "ff9c86", "fae2be", "ffd7d0"),
            "Warm lamps of a dressing room, out of focus",
            "Before the doors open",
            "Backstage",
        ),
        Painting(
            motifs.strokes,
            42,
            ("fbf5ef", "e6d4c6", "d9b49c", "c39377", "a8735a"),
            "Three strokes of foundation in warm tones",
            "Finding your tone takes ten minutes",
            "Colour",
        ),
        Painting(
            motifs.silk,
            58,
            ("5a4238", "b39482", "e6d2c2", "fffaf4"),
            "Champagne-coloured satin, gathered",
            "",
            "Backstage",
        ),
    ),
    texts={
        "en": {
            "headline": "Skin first, then colour.",
            "lede": "Bridal, editorial and lessons from a bright studio in SoHo.",
            "about": "I work slowly, with little product, until you look like yourself on a very good day."
            " Everything touches clean brushes only, and I keep notes of what your skin liked.\n\n"
            "For weddings I come to you, with time to spare and a kit for touch-ups that stays with you.",
            "policy": "Free changes up to 24 hours before. You pay at the studio, by card or in cash.",
        },
        "ar": {
            "headline": "البشرة أولاً، ثم اللون.",
            "lede": "مكياج عرائس وجلسات تصوير ودروس في استوديو مضيء في سوهو.",
            "about": "أعمل بهدوء وبمنتجات قليلة، حتى تظهري كما أنتِ في أجمل أيامك. فُرشي نظيفة دائماً،"
            " وأدوّن ما يناسب بشرتك.\n\nفي الأعراس آتي إليكِ، ومعي متسع من الوقت وعدّة للتجديد تبقى معكِ.",
            "policy": "التغيير مجاني حتى ٢٤ ساعة قبل الموعد. الدفع في الاستوديو، بالبطاقة أو نقداً.",
        },
    },
    links=(("Instagram", "https://instagram.example/maya.bennett"), ("E-mail", "mailto:maya@glow.example")),
)

LUMA = DemoPortfolio(
    albums=("Colour", "The salons"),
    paintings=(
        Painting(
            motifs.hair,
            3,
            ("3a1e12", "8a4e2a", "f4ce96"),
            "Long bronze hair in soft waves, light running across it",
        ),
        Painting(
            motifs.hair,
            14,
            ("4a160c", "a84a22", "ffbe84"),
            "Copper hair, brushed to a shine",
            "Copper, toned twice",
            "Colour",
        ),
        Painting(
            motifs.hair,
            29,
            ("0c0a0c", "28222a", "b4aabe"),
            "Black hair with a cool gloss",
            "Gloss on natural black",
            "Colour",
        ),
        Painting(
            motifs.hair,
            36,
            ("6a5034", "bc9866", "fff0cc"),
            "Blonde balayage from honey to sand",
            "Balayage, three months on",
            "Colour",
        ),
        Painting(
            motifs.silk,
            12,
            ("101c1c", "2c4c4a", "7ea6a0", "e4f2ec"),
            "A dark green salon cape, draped",
            "Every guest, a fresh one",
            "The salons",
        ),
        Painting(
            motifs.lights,
            18,
            ("070c12", "16303a", "ffd696", "8ce6dc", "fff0d2", "ffb478"),
            "The marina at night behind the salon's windows, out of focus",
            "The marina from chair four",
            "The salons",
        ),
        Painting(
            motifs.window,
            21,
            ("6c5e54", "d8c8b4", "fff0d0"),
            "Afternoon light through a window on a plaster wall",
            "Jumeirah, four o'clock",
            "The salons",
        ),
    ),
    texts={
        "en": {
            "headline": "Hair that behaves on Monday.",
            "lede": "Two quiet salons, by the marina and in Jumeirah.",
            "about": "Six stylists who cut for how you live, and colour that grows out well. We talk first,"
            " then wash, then cut; and you leave knowing how to do it yourself.",
            "policy": "Free changes up to 12 hours before. You pay at the salon.",
        },
        "ar": {
            "headline": "شعرٌ يطيعك كل صباح.",
            "lede": "صالونان هادئان، على المارينا وفي جميرا.",
            "about": "ستة مصففين يقصّون لحياتك كما هي، ولونٌ يبقى جميلاً وهو ينمو. نتحدث أولاً، ثم نغسل، ثم نقص؛"
            " وتخرجين وأنتِ تعرفين كيف تصففينه بنفسك.",
            "policy": "التغيير مجاني حتى ١٢ ساعة قبل الموعد. الدفع في الصالون.",
        },
    },
    links=(("Instagram", "https://instagram.example/luma.dubai"),),
)

SOL = DemoPortfolio(
    albums=("The practice",),
    paintings=(
        Painting(
            motifs.window,
            9,
            ("5e5a58", "dcd4c8", "fff2d4"),
            "Morning sun and the shadow of a branch on the wall of the practice",
        ),
        Painting(
            motifs.stones,
            7,
            ("96806a", "f0e2cc", "606062", "968c80", "c4baac"),
            "Three smooth stones on raked sand, from large to small",
            "",
            "The practice",
        ),
        Painting(
            motifs.silk,
            33,
            ("4c5666", "92a0b0", "d2dae2", "fbfcfd"),
            "Fresh pale blue linen, folded",
            "Fresh linen for everybody",
            "The practice",
        ),
        Painting(
            motifs.hills,
            26,
            ("5c7894", "f2e0cc", "2e4256"),
            "Hills in the morning mist, one behind another",
            "The picture in the waiting room",
            "The practice",
        ),
        Painting(
            motifs.stones,
            19,
            ("5c6670", "c8d0d4", "e4e0d8", "a8a29a"),
            "A white and a grey stone on blue-grey sand",
            "",
            "The practice",
        ),
        Painting(
            motifs.window,
            44,
            ("4c5a68", "c2ccd2", "fdf6e6"),
            "Cool light of a north window",
            "The quiet room",
            "The practice",
        ),
    ),
    texts={
        "en": {
            "headline": "Time enough to find the cause.",
            "lede": "Osteopathy for backs, jaws and the rest of the body they hang together with.",
            "about": "Miriam Sol reads every request before she confirms it, usually on the same day. The"
            " first appointment takes an hour, most of it listening and looking.",
            "policy": "Please cancel at least 24 hours before. Most private insurers reimburse the fee.",
        },
        "de": {
            "headline": "Zeit genug, um die Ursache zu finden.",
            "lede": "Osteopathie für Rücken, Kiefer und alles, was daran hängt.",
            "about": "Miriam Sol liest jede Anfrage, bevor sie zusagt, meist noch am selben Tag. Der erste"
            " Termin dauert eine Stunde; das meiste davon ist Zuhören und Hinsehen.",
            "policy": "Bitte sagen Sie mindestens 24 Stunden vorher ab. Die meisten privaten Kassen erstatten"
            " das Honorar.",
        },
    },
)

NORTH = DemoPortfolio(
    albums=("Plates", "On set"),
    paintings=(
        Painting(
            motifs.hills,
            8,
            ("26406a", "f6be96", "121a28"),
            "Matte painting: seven mountain ridges under a low sun",
        ),
        Painting(
            motifs.sparks,
            17,
            ("08080c", "602a18", "ffbe5a", "ff7828", "ffe6aa"),
            "Embers thrown up out of the dark, an effects test",
            "Embers, sixty thousand of them",
            "Plates",
        ),
        Painting(
            motifs.beams,
            6,
            ("080a10", "282c38", "ffce96", "78aaff", "fff0dc"),
            "Three lamps through the haze of a dark stage",
            "Stage B, lighting test",
            "On set",
        ),
        Painting(
            motifs.hills,
            39,
            ("0c1430", "5e6ea8", "060a14"),
            "Matte painting: mountains by moonlight",
            "Night version, same camera",
            "Plates",
        ),
        Painting(
            motifs.lights,
            27,
            ("060a14", "101e34", "ffd08c", "78b4ff", "ff8c78", "e6f0ff"),
            "The canal's lamps at night, far out of focus",
            "From the roof, f/1.4",
            "On set",
        ),
        Painting(
            motifs.sparks,
            53,
            ("04080c", "143a4a", "7ad7ff", "c8f2ff", "3c9ce6"),
            "Blue sparks rising in water, an effects test",
            "The same, under water",
            "Plates",
        ),
        Painting(
            motifs.silk,
            61,
            ("060c14", "183a52", "4e92aa", "d2f0f2"),
            "Simulated cloth in deep blue, side light",
            "Cloth, frame 1041",
            "Plates",
        ),
    ),
    texts={
        "en": {
            "headline": "Twelve artists, by the day.",
            "lede": "Compositing, lighting, animation, effects and matte painting for film and series.",
            "about": "A small studio near the canal. Book a person, not a department: you talk to whoever"
            " does the work, and see it the same evening.",
            "policy": "Our producer confirms days, as a rule within four hours. Free until two days before.",
        },
        "fr": {
            "headline": "Douze artistes, à la journée.",
            "lede": "Compositing, éclairage, animation, effets et matte painting pour films et séries.",
            "about": "Un petit studio près du canal. Réservez une personne, pas un service : vous parlez à"
            " qui fait le travail, et vous le voyez le soir même.",
            "policy": "Notre productrice confirme les jours, en général sous quatre heures. Sans frais"
            " jusqu'à deux jours avant.",
        },
    },
)

PORTFOLIOS: Mapping[str, DemoPortfolio] = {"glow": GLOW, "luma": LUMA, "sol": SOL, "north": NORTH}
