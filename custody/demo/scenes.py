"""Draws the places that the demonstration's pictures show. Writes no file.

Each takes the generator that decides its chance details and its grain: the same state gives the same picture.
"""

from random import Random

from PIL import Image

from custody.demo.painting import Colour, Scene, mix


def room(rng: Random) -> Image.Image:
    """The hotel room from its door, 1600 by 1200."""
    scene = Scene(1600, 1200)
    scene.box(0, 0, 1600, 1200, (196, 182, 158), (170, 152, 126))
    for x in range(270, 1600, 44):
        scene.box(x, 110, x + 15, 800, (190, 174, 149), (163, 145, 119))
    scene.shape([(0, 0), (1600, 0), (1600, 110), (260, 110)], (214, 207, 194), (198, 188, 172))
    scene.shape([(0, 0), (260, 110), (260, 800), (0, 1000)], (168, 152, 128), (128, 112, 92))
    scene.shape([(260, 800), (1600, 800), (1600, 1200), (0, 1200), (0, 1000)], (92, 70, 62), (124, 96, 84))
    scene.box(260, 780, 1600, 800, (226, 219, 205))
    scene.shape([(0, 974), (260, 780), (260, 800), (0, 1000)], (198, 188, 172))
    _window(scene, rng)
    _wall_picture(scene)
    _bedside(scene)
    _bed(scene)
    _suitcase(scene)
    scene.light(809, 540, 820, (178, 122, 56))
    scene.light(809, 526, 230, (255, 226, 168))
    scene.light(560, 420, 620, (46, 46, 66))
    return scene.develop(rng)


def _window(scene: Scene, rng: Random) -> None:
    """Dusk, a row of houses, lit windows."""
    scene.box(352, 192, 768, 628, (232, 226, 214))
    scene.box(366, 206, 754, 614, (52, 72, 118), (226, 150, 104))
    left = 366
    while left < 754:
        right = min(754, left + rng.randrange(34, 74))
        roof = rng.randrange(440, 540)
        scene.box(left, roof, right, 614, (34, 36, 52), (46, 44, 56))
        for x in range(left + 7, right - 8, 13):
            for y in range(roof + 10, 600, 20):
                if rng.random() < 0.35:
                    scene.box(x, y, x + 5, y + 8, (246, 206, 128))
        left = right
    scene.box(554, 206, 566, 614, (232, 226, 214))
    scene.box(366, 330, 754, 339, (232, 226, 214))
    scene.box(338, 614, 782, 634, (240, 235, 225), (206, 198, 184))
    for start, stop in ((296, 402), (718, 824)):
        for fold, x in enumerate(range(start, stop, 18)):
            scene.box(x, 160, x + 18, 770, (128, 78, 78) if fold % 2 else (92, 54, 58), (78, 46, 52))
    scene.rounded(276, 148, 844, 160, (84, 66, 50), 6)
    scene.shadow([(290, 640), (840, 640), (840, 800), (290, 800)], 214)


def _wall_picture(scene: Scene) -> None:
    scene.shadow([(1052, 244), (1398, 244), (1398, 428), (1052, 428)], 168)
    scene.box(1040, 226, 1384, 412, (66, 48, 34))
    scene.box(1052, 238, 1372, 400, (236, 232, 222))
    scene.box(1076, 262, 1348, 330, (150, 184, 206), (222, 216, 196))
    scene.box(1076, 330, 1348, 376, (58, 104, 128), (34, 70, 96))
    scene.shape([(1180, 332), (1206, 276), (1206, 332)], (246, 242, 232))


def _bedside(scene: Scene) -> None:
    scene.shadow([(730, 800), (900, 800), (890, 868), (700, 868)], 110)
    scene.box(742, 668, 886, 846, (122, 84, 54), (88, 58, 38))
    scene.box(732, 654, 896, 670, (148, 104, 68))
    for y in (690, 768):
        scene.box(754, y, 874, y + 66, (134, 94, 60), (110, 74, 48))
        scene.oval(808, y + 28, 820, y + 40, (206, 178, 116))
    scene.box(804, 566, 814, 644, (190, 160, 104))
    scene.oval(782, 636, 836, 658, (176, 146, 92))
    scene.shape([(782, 480), (836, 480), (862, 572), (756, 572)], (255, 240, 204), (252, 214, 150))


def _bed(scene: Scene) -> None:
    scene.shadow([(850, 870), (1600, 870), (1600, 1180), (780, 1180)], 70)
    scene.box(906, 478, 1530, 800, (112, 76, 50), (78, 52, 36))
    for x in range(932, 1500, 144):
        scene.box(x, 500, x + 124, 650, (128, 90, 60), (104, 70, 46))
    scene.shape([(912, 702), (1526, 702), (1680, 950), (824, 950)], (232, 229, 222), (212, 208, 200))
    scene.shape([(824, 950), (1680, 950), (1680, 1104), (830, 1104)], (188, 184, 178), (142, 136, 130))
    scene.shape([(876, 812), (1590, 812), (1672, 940), (828, 940)], (74, 92, 112), (58, 74, 94))
    scene.shape([(828, 940), (1672, 940), (1672, 1060), (834, 1060)], (52, 66, 86), (34, 44, 60))
    scene.shape([(838, 1104), (1600, 1104), (1600, 1140), (838, 1140)], (70, 46, 32))
    for x in (944, 1228):
        scene.shadow([(x - 6, 690), (x + 262, 690), (x + 276, 738), (x - 20, 738)], 186)
        scene.rounded(x, 600, x + 258, 716, (216, 212, 204), 40)
        scene.rounded(x + 4, 600, x + 254, 694, (238, 236, 230), 38)


def _suitcase(scene: Scene) -> None:
    scene.shadow([(322, 946), (610, 946), (640, 1010), (300, 1010)], 92)
    scene.rounded(420, 706, 500, 790, (40, 40, 44), 8)
    scene.rounded(430, 716, 490, 790, (146, 128, 106), 6)
    scene.rounded(344, 748, 580, 976, (44, 70, 84), 22)
    scene.rounded(352, 754, 572, 966, (60, 92, 108), 18)
    for x in (396, 456, 516):
        scene.box(x, 770, x + 10, 952, (48, 76, 92))


def street(rng: Random) -> Image.Image:
    """The street before the hotel at dusk, 800 by 600."""
    scene = Scene(800, 600)
    scene.box(0, 0, 800, 400, (46, 58, 96), (206, 148, 118))
    for left, right, roof, wall in (
        (0, 150, 150, (84, 70, 72)),
        (150, 290, 110, (104, 84, 74)),
        (290, 590, 70, (132, 108, 90)),
        (590, 700, 130, (90, 78, 78)),
        (700, 800, 170, (74, 66, 72)),
    ):
        scene.box(left, roof, right, 430, wall, mix(wall, (40, 34, 40), 0.5))
        scene.box(left, roof - 8, right, roof, mix(wall, (20, 20, 26), 0.6))
        for x in range(left + 18, right - 30, 44):
            for y in range(roof + 24, 340, 58):
                scene.box(x - 3, y - 3, x + 27, y + 39, mix(wall, (232, 224, 210), 0.4))
                lit = rng.random() < 0.45
                pane: Colour = (248, 208, 138) if lit else (40, 48, 66)
                scene.box(x, y, x + 24, y + 36, pane, mix(pane, (60, 50, 56), 0.35))
                scene.box(x + 11, y, x + 13, y + 36, (70, 62, 60))
    scene.box(310, 340, 570, 372, (30, 46, 62))
    scene.text(440, 356, "HARBOUR COURT HOTEL", 15, (250, 238, 206), "mm")
    scene.box(404, 372, 476, 430, (250, 220, 160), (216, 168, 104))
    scene.box(438, 372, 442, 430, (66, 48, 36))
    scene.box(0, 430, 800, 462, (126, 116, 112), (98, 90, 90))
    scene.box(0, 462, 800, 600, (54, 52, 60), (38, 37, 44))
    for x in range(20, 800, 130):
        scene.shape([(x + 10, 532), (x + 74, 532), (x + 70, 540), (x, 540)], (176, 172, 160))
    _van(scene, 560, 366)
    scene.box(228, 190, 234, 446, (26, 26, 30))
    scene.rounded(212, 176, 250, 196, (255, 236, 190), 6)
    scene.light(231, 190, 300, (220, 160, 90))
    scene.light(440, 400, 330, (150, 100, 48))
    scene.light(231, 470, 260, (60, 44, 24))
    return scene.develop(rng)


def _van(scene: Scene, x: float, y: float) -> None:
    scene.shadow([(x - 6, y + 106), (x + 220, y + 106), (x + 236, y + 130), (x - 20, y + 130)], 80)
    scene.shape(
        [(x, y), (x + 150, y), (x + 182, y + 46), (x + 212, y + 58), (x + 214, y + 108), (x, y + 108)],
        (214, 214, 216),
        (150, 150, 156),
    )
    scene.shape([(x + 118, y + 10), (x + 146, y + 10), (x + 172, y + 48), (x + 118, y + 48)], (42, 50, 64))
    scene.box(x + 108, y + 6, x + 110, y + 104, (128, 128, 132))
    scene.box(x, y + 82, x + 214, y + 88, (122, 122, 128))
    scene.box(x + 204, y + 62, x + 213, y + 76, (255, 240, 200))
    for wheel in (x + 26, x + 146):
        scene.oval(wheel, y + 84, wheel + 44, y + 128, (22, 22, 24))
        scene.oval(wheel + 13, y + 97, wheel + 31, y + 115, (132, 132, 136))


def door(rng: Random) -> Image.Image:
    """The room's door from the corridor, 600 by 800."""
    scene = Scene(600, 800)
    scene.box(0, 0, 600, 690, (206, 190, 160), (176, 156, 126))
    scene.box(0, 690, 600, 800, (108, 44, 48), (78, 30, 36))
    scene.box(0, 668, 600, 692, (232, 224, 208))
    scene.box(130, 70, 470, 692, (236, 230, 216), (206, 198, 182))
    scene.box(150, 90, 450, 692, (118, 74, 44), (86, 52, 32))
    for top, foot in ((130, 340), (390, 640)):
        scene.box(186, top, 414, foot, (92, 56, 34))
        scene.box(192, top + 6, 414, foot, (132, 86, 52), (108, 68, 42))
    scene.rounded(258, 182, 342, 234, (210, 182, 116), 6)
    scene.text(300, 208, "214", 30, (58, 40, 24), "mm")
    scene.rounded(410, 350, 434, 422, (196, 190, 180), 8)
    scene.rounded(376, 388, 426, 400, (222, 218, 208), 6)
    scene.oval(417, 360, 427, 370, (70, 180, 90))
    scene.shadow([(150, 90), (172, 90), (172, 692), (150, 692)], 170)
    scene.shadow([(130, 692), (470, 692), (490, 724), (110, 724)], 130)
    scene.light(300, -20, 700, (120, 96, 56))
    return scene.develop(rng)


def card(rng: Random) -> Image.Image:
    """A note and a room key on a table, 800 by 600."""
    scene = Scene(800, 600)
    scene.box(0, 0, 800, 600, (142, 100, 64), (112, 76, 48))
    for y in range(0, 600, 12):
        shift = rng.randrange(-10, 11)
        tone: Colour = (132 + shift, 92 + shift, 58 + shift)
        scene.shape([(0, y), (800, y + rng.randrange(-6, 7)), (800, y + 5), (0, y + 4)], tone)
    scene.shadow([(112, 154), (402, 132), (428, 454), (136, 476)], 120)
    scene.shape([(100, 140), (390, 118), (414, 440), (122, 462)], (244, 240, 226), (230, 224, 208))
    for row, line in enumerate(("Mon  05:30  van", "Rooms 214, 215", "6 beds", "cash, Friday")):
        scene.text(136, 196 + 58 * row, line, 25, (44, 54, 104))
    scene.shadow([(462, 254), (722, 270), (712, 436), (450, 420)], 110)
    scene.shape([(450, 240), (712, 256), (702, 424), (440, 408)], (36, 66, 92), (24, 46, 68))
    scene.shape([(449, 262), (711, 278), (709, 306), (447, 290)], (18, 20, 24))
    scene.text(470, 340, "HARBOUR COURT", 19, (238, 214, 156))
    scene.text(468, 372, "room key", 15, (196, 206, 214))
    scene.light(640, 60, 640, (92, 80, 56))
    return scene.develop(rng)


def yard(rng: Random) -> Image.Image:
    """A works yard with the van, 800 by 600."""
    scene = Scene(800, 600)
    scene.box(0, 0, 800, 330, (150, 162, 176), (206, 206, 202))
    scene.box(0, 290, 800, 420, (104, 110, 100), (78, 82, 76))
    for x in range(0, 800, 16):
        scene.box(x, 282, x + 3, 420, (70, 74, 70))
    scene.box(60, 130, 740, 420, (146, 92, 76), (112, 68, 58))
    for row, y in enumerate(range(138, 420, 14)):
        for x in range(60 - (row % 2) * 18, 740, 36):
            if x >= 60 and rng.random() < 0.5:
                shift = rng.randrange(-12, 13)
                scene.box(x, y, min(x + 34, 740), y + 12, (134 + shift, 82 + shift, 68 + shift))
    scene.box(60, 118, 740, 132, (92, 88, 86))
    scene.box(130, 220, 380, 420, (86, 98, 100), (64, 74, 78))
    for y in range(232, 420, 16):
        scene.box(130, y, 380, y + 3, (60, 68, 72))
    scene.text(255, 196, "GATE 3", 24, (240, 236, 224), "mm")
    scene.box(0, 420, 800, 600, (124, 122, 118), (92, 90, 88))
    scene.shape([(0, 500), (800, 470), (800, 476), (0, 507)], (196, 190, 150))
    _van(scene, 440, 350)
    scene.light(420, 20, 900, (50, 52, 56))
    return scene.develop(rng)
