"""The loss curve as an SVG file."""

import math

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 60, 24, 16, 44


def svg(log: list[dict]) -> str:
    """The curve of the loss by step, with the validation loss where it was measured. `log` holds the rows of `log.jsonl`."""
    loss = [(row["step"], row["loss"]) for row in log if _number(row.get("loss"))]
    validation = [(row["step"], row["validation_loss"]) for row in log if _number(row.get("validation_loss"))]
    values = [value for _, value in loss + validation]
    most = max(values, default=1.0) * 1.05 or 1.0
    last = max([step for step, _ in loss + validation], default=1) or 1
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def at(point: tuple[float, float]) -> str:
        x = LEFT + (right - LEFT) * point[0] / last
        y = bottom - (bottom - TOP) * point[1] / most
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for tick in range(5):
        value = most * tick / 4
        y = at((0, value)).split(",")[1]
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{value:.2f}</text>')
    for tick in sorted({round(last * part / 4) for part in range(5)}):
        x = at((tick, 0)).split(",")[0]
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tick}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">step</text>')
    for points, colour, name, y in [(loss, "#0b62a4", "loss", 12), (validation, "#c2410c", "validation loss", 28)]:
        if not points:
            continue
        line = " ".join(at(point) for point in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        if len(points) <= 60:
            for x, y_point in (at(point).split(",") for point in points):
                parts.append(f'<circle cx="{x}" cy="{y_point}" r="2.4" fill="{colour}"/>')
        parts.append(f'<text x="{right}" y="{TOP + y}" text-anchor="end" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _number(value) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
