"""A visitor's own program: it speaks Streamlit's protocol over a WebSocket, and may send whatever it likes."""

from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

_PATIENCE = 60


class Visit:
    """A session: what its last run showed, and a way to press and type whatever it showed at any time."""

    def __init__(self, socket):
        self._socket = socket
        self._states = {}  # of widgets, by id
        self.ids = {}  # by the name that the page gave a widget: also of those that are gone from the page
        self._elements = {}  # by their place
        self.session = None
        self.page, self.query = "", ""

    def open(self, page, **query):
        """Go to a page as its address says; dots in names are written as two underscores."""
        self.page = page
        self.query = urlencode({name.replace("__", "."): value for name, value in query.items()}, doseq=True)
        self._states = {}
        return self.run()

    def press(self, name):
        """Press a button, whether or not it is there, enabled, or ever was."""
        return self.run(self.ids.get(name, f"$$ID-{'0' * 32}-{name}"), trigger_value=True)

    def type(self, name, text):
        """Let a text stand in a box."""
        return self.run(self.ids[name], string_value=text)

    def run(self, widget=None, **value):
        """Run the page with a widget's new value, and wait until the run has ended."""
        message = BackMsg()
        state = message.rerun_script
        state.page_name, state.query_string = self.page, self.query
        state.context_info.locale = "en-US"
        if widget is not None and "trigger_value" not in value:
            self._states[widget] = value
        for each, held in self._states.items():
            state.widget_states.widgets.add(id=each, **held)
        if widget is not None and "trigger_value" in value:
            state.widget_states.widgets.add(id=widget, **value)
        self._socket.send(message.SerializeToString())
        self._elements = {}
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(self._socket.recv(timeout=_PATIENCE))
            kind = heard.WhichOneof("type")
            if kind == "new_session":
                self.session = heard.new_session.initialize.session_id
                self._elements = {}
            elif kind == "delta":
                self._note(heard)
            elif kind == "script_finished" and heard.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return self

    def _note(self, heard):
        place = tuple(heard.metadata.delta_path)
        if heard.delta.WhichOneof("type") == "new_element":
            element = heard.delta.new_element
            kind = element.WhichOneof("type")
            told = getattr(element, kind)
            self._elements[place] = kind, told
            if hasattr(told, "id") and told.id.startswith("$$"):
                self.ids[told.id.split("-", 2)[2]] = told.id

    def elements(self):
        """All that is on the page, as (kind, message), in order."""
        return [element for _, element in sorted(self._elements.items(), key=lambda each: each[0])]

    def shown(self, *kinds):
        """What elements of these kinds say, in order."""
        return [told.body if hasattr(told, "body") else told.label for kind, told in self.elements() if kind in kinds]

    def has(self, name):
        """Whether a widget is on the page and can be used."""
        for _, told in self.elements():
            if getattr(told, "id", "").endswith(f"-{name}"):
                return not getattr(told, "disabled", False)
        return False


@contextmanager
def visit(url, called=None, **headers):
    """Open a session of an app at ``http://host:port``, perhaps by another name that leads to it, with more headers."""
    place = urlsplit(url)
    with connect(
        f"ws://{called or place.hostname}:{place.port}/_stcore/stream",
        address=(place.hostname, place.port),
        proxy=None,
        subprotocols=["streamlit"],
        additional_headers=headers,
        open_timeout=_PATIENCE,
        max_size=None,
    ) as socket:
        yield Visit(socket)
