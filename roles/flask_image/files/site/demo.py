"""A small site: what it says is in message.txt, how it looks in templates and static."""

from pathlib import Path

from flask import Flask, render_template

app = Flask(__name__)
MESSAGE = Path(app.root_path, "message.txt")


@app.route("/")
def index():
    return render_template("index.html", message=MESSAGE.read_text(encoding="utf-8").strip())


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
